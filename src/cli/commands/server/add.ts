import { resolve } from "node:path";

import { systemIds } from "../../../systems/contract/system.js";
import type { Command } from "commander";

import { KeywardError } from "../../../core/errors.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { checkServer } from "../../settings/named-server.js";
import type { ProgramName } from "../../output.js";
import { indexServers, type NamedServer } from "../../settings/settings-shape.js";
import { changeSettings } from "../../settings/settings-write.js";

interface ServerAddOptions extends CommonOptions {
  readonly url?: string;
  readonly restartCommand?: boolean;
  readonly replace?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .argument("<name>", "letters, digits, dots, dashes and underscores")
    .argument("[command...]", "the restart command, after --restart-command --")
    .option("--url <url>", "where it answers; http or https, without user and query")
    .option("--restart-command", "the line ends with -- and the command that restarts it")
    .option("--replace", "take the place of the server of that name")
    .addHelpText(
      "after",
      `
The restart command is stored and run word by word: no shell reads it. The system, and how the
server is started, are said by --system and --launch, its file by --file. Nothing here may hold a key.
${formatExamples([
  [`${name} server add home --system jean2`, "Jean2 of this machine"],
  [`${name} server add lab --system jean2 --url https://lab.example`, "its key may be sent there"],
  [`${name} server add x --system jean2 --restart-command -- my restart`, "what restarts it"],
])}`,
    );
}

/** What `server add --json` prints. */
export interface ServerAddJson {
  readonly server: NamedServer;
  /** Whether another server had that name. */
  readonly replaced: boolean;
}

export async function run(invocation: Invocation<ServerAddOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const server = readServer(invocation);
  const before = await changeSettings(context, (settings) => {
    if (server.name in settings.servers && options.replace !== true) refuseName(server.name);
    const others = Object.values(settings.servers).filter(({ name }) => name !== server.name);
    return { ...settings, servers: indexServers([...others, server]) };
  });
  const replaced = server.name in before.servers;
  report.answerJson<ServerAddJson>({ server, replaced });
  report.answer(`${replaced ? "replaced" : "added"} ${server.name}`);
  report.hint(`keyward auth status --server ${server.name}`);
  return exit.ok;
}

function readServer({ args, context, options }: Invocation<ServerAddOptions>): NamedServer {
  const [name = "", ...words] = args;
  const { system, url, file, variable, dialect, launch, restartCommand } = options;
  if (system === undefined) {
    throw new KeywardError("usage", "--system is required: which kind of server is it", {
      hint: `add --system, one of: ${systemIds.join(", ")}`,
    });
  }
  if (words.length > 0 && restartCommand !== true) {
    throw new KeywardError("usage", "too many arguments: a server has one name", {
      hint: "a restart command ends the line: --restart-command -- systemctl restart jean-server",
    });
  }
  return checkServer(name, {
    system,
    url,
    file: file === undefined ? null : resolve(context.cwd, file),
    variable,
    dialect,
    launch,
    restartCommand: restartCommand === true ? words : null,
  });
}

function refuseName(name: string): never {
  throw new KeywardError("name-taken", `another server is named ${name}`, {
    hint: "see keyward server list, or add --replace",
  });
}
