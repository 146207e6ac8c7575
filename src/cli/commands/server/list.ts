import type { Command } from "commander";

import { quoteForShell } from "../../../core/shell-quote.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { loadPaint, type ProgramName } from "../../output.js";
import { loadSettings } from "../../settings/settings.js";
import type { NamedServer } from "../../settings/settings-shape.js";

export function declare(command: Command, name: ProgramName): void {
  command.addHelpText(
    "after",
    formatExamples([
      [`${name} server list`, "every named server, a line each"],
      [`${name} server list --json`, "for a script"],
    ]),
  );
}

/** What `server list --json` prints. */
export interface ServerListJson {
  readonly servers: readonly NamedServer[];
}

export async function run(invocation: Invocation): Promise<number> {
  const { context, report } = invocation;
  const servers = Object.values((await loadSettings(context)).servers);
  report.answerJson<ServerListJson>({ servers });
  if (servers.length === 0) {
    report.note("there are no named servers");
    report.hint("for example: keyward server add home --system jean2");
  } else if (!report.json) {
    const [head = "", ...lines] = layOut(servers);
    const paint = await loadPaint(context, context.stdout);
    report.answer([paint.strong(head), ...lines].join("\n"));
  }
  return exit.ok;
}

/** Lines of equal columns; one in which no server has anything is left out. */
function layOut(servers: readonly NamedServer[]): string[] {
  const rows = [
    ["name", "system", "launch", "url", "file", "restart command"],
    ...servers.map(({ name, system, launch, url, file, restartCommand }) => [
      name,
      system,
      launch ?? "",
      url ?? "",
      file ?? "",
      restartCommand === null ? "" : quoteForShell(restartCommand),
    ]),
  ];
  const [heads = [], ...body] = rows;
  const columns = heads
    .map((_, at) => rows.map((row) => row[at] ?? ""))
    .filter((_, at) => body.some((row) => row[at] !== ""));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  return rows.map((_, line) =>
    columns
      .map((cells, at) => (cells[line] || "-").padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
