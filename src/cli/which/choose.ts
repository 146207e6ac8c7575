import { resolve } from "node:path";

import { KeywardError } from "../../core/errors.js";
import { findSystem, systems } from "../../systems/list.js";
import type { Launch, System } from "../../systems/contract/system.js";
import { withFile } from "../../locations/with-file.js";
import type { Invocation } from "../command.js";
import { createSpeller } from "../spell-hint.js";
import { findLaunch } from "./launch.js";
import { type ProgramName, programSystems } from "../output.js";
import { loadSettings } from "../settings/settings.js";
import type { NamedServer } from "../settings/settings-shape.js";

/**
 * Finds the system that a command is about: by the name of the program, by `--server`, by
 * `--system`, by the default of the settings, by the only one whose files are on this machine, or by
 * asking.
 *
 * `--file`, or the named server's, puts the key into another file than the system's own.
 *
 * @throws KeywardError `usage` for a server of another system and for a bad file, `system-unknown`
 *   when there is nobody to ask, and what reading the settings throws
 */
export async function chooseSystem(invocation: Invocation): Promise<System> {
  const system = await pickSystem(invocation);
  invocation.report.spellWith(createSpeller(invocation, system.id));
  return system;
}

/** As {@link chooseSystem}, for a command that is about several servers. */
export async function pickSystem(invocation: Invocation): Promise<System> {
  const system = await nameSystem(invocation);
  const { context, options, server } = invocation;
  const { file, variable, dialect } = options;
  if (file !== undefined) {
    return withFile(system, { path: resolve(context.cwd, file), variable, dialect });
  }
  if (variable !== undefined || dialect !== undefined) {
    throw new KeywardError("usage", "--variable and --dialect are about a file", {
      hint: "name it with --file",
    });
  }
  if (server === null || server.file === null) return system;
  return withFile(system, {
    path: server.file,
    variable: server.variable ?? undefined,
    dialect: server.dialect ?? undefined,
  });
}

async function nameSystem({ name, context, options, server, report }: Invocation): Promise<System> {
  const word = programSystems[name] ?? options.system;
  const named = word === undefined ? null : findSystem(word);
  if (server !== null) return systemOf(server, named, name);
  if (named !== null) return named;
  const { defaultSystem } = await loadSettings(context);
  if (defaultSystem !== null) return findSystem(defaultSystem);
  const all: readonly System[] = Object.values(systems);
  const present = all.filter((system) => system.isHere(context));
  const [only] = present;
  if (only !== undefined && present.length === 1) return only;
  const ids = all.map((system) => system.id).join(", ");
  const found = present.length === 0 ? "none of them has files here" : "several have files here";
  if (report.json || !context.stdin.isTerminal || !context.stderr.isTerminal) {
    throw new KeywardError("system-unknown", `which system is meant is not clear: ${found}`, {
      hint: `say it with --system, one of: ${ids}`,
    });
  }
  const { selectOne } = await import("../input/prompt.js");
  const id = await selectOne(
    context,
    "Which system?",
    all.map((system) => ({ name: system.title, value: system.id })),
  );
  return findSystem(id);
}

function systemOf(
  { name, system }: NamedServer,
  named: System | null,
  program: ProgramName,
): System {
  const own = findSystem(system);
  if (named === null || named.id === own.id) return own;
  throw new KeywardError("usage", `the server ${name} is of ${own.title}, not of ${named.title}`, {
    hint: program === "keyward" ? "leave out --system" : `use keyward in the place of ${program}`,
  });
}

/**
 * The launch that `--launch` names, else the named server's, else the one that the system's files
 * tell of.
 *
 * @throws KeywardError `usage` for a launch that the system does not have
 */
export function chooseLaunch(system: System, { context, options, server }: Invocation): Launch {
  const named = options.launch ?? server?.launch ?? undefined;
  return named === undefined ? system.detectLaunch(context) : findLaunch(system, named);
}
