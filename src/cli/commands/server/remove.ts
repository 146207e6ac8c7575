import type { Command } from "commander";

import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import type { ProgramName } from "../../output.js";
import { pickServer } from "../../which/find-server.js";
import { indexServers, type NamedServer } from "../../settings/settings-shape.js";
import { changeSettings } from "../../settings/settings-write.js";

export function declare(command: Command, name: ProgramName): void {
  command
    .argument("<server>", "the server's name")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} server remove lab`, "its name is forgotten; its key and its files stay"],
      ]),
    );
}

/** What `server remove --json` prints: the server that has no name any more. */
export interface ServerRemoveJson {
  readonly server: NamedServer;
}

export async function run({ context, args, report }: Invocation) {
  const [name = ""] = args;
  const before = await changeSettings(context, (settings) => {
    const removed = pickServer(settings, name);
    const others = Object.values(settings.servers).filter((server) => server !== removed);
    return { ...settings, servers: indexServers(others) };
  });
  report.answerJson<ServerRemoveJson>({ server: pickServer(before, name) });
  report.answer(`removed ${name}`);
  return exit.ok;
}
