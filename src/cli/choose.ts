import { KeywardError } from "../errors.js";
import { findSystem, systems } from "../systems/index.js";
import type { Launch, System } from "../systems/system.js";
import { withFile } from "../systems/with-file.js";
import type { Invocation } from "./command.js";
import { findLaunch } from "./launch.js";
import { programSystems } from "./output.js";
import { loadSettings } from "./settings.js";
import type { NamedServer } from "./settings-shape.js";

/**
 * Finds the system that a command is about: by the name of the program, by `--server`, by
 * `--system`, by the default of the settings, by the only one whose files are on this machine, or by
 * asking.
 *
 * @throws KeywardError `usage` for a server of another system, `system-unknown` when there is nobody
 *   to ask, and what reading the settings throws
 */
export async function chooseSystem(invocation: Invocation): Promise<System> {
  const { name, context, options, server, report } = invocation;
  const word = programSystems[name] ?? options.system;
  const named = word === undefined ? null : findSystem(word);
  if (server !== null) return systemOf(server, named);
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
  const { selectOne } = await import("./prompt.js");
  const id = await selectOne(
    context,
    "Which system?",
    all.map((system) => ({ name: system.title, value: system.id })),
  );
  return findSystem(id);
}

function systemOf({ name, system, file }: NamedServer, named: System | null): System {
  const own = findSystem(system);
  if (named === null || named.id === own.id) {
    // Of a generic server's file it is not known which variable of it holds the key.
    return file === null || own.id === "generic" ? own : withFile(own, { path: file });
  }
  throw new KeywardError("usage", `the server ${name} is of ${own.title}, not of ${named.title}`, {
    hint: `keyward --server ${name} …`,
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

/**
 * A command of ours as a person would type it after this one: under the same name, for the same
 * server or system.
 */
export function spellCommand({ name, server }: Invocation, system: System, words: string): string {
  if (server !== null) return `${name} ${words} --server ${server.name}`;
  return name === "keyward" ? `keyward --system ${system.id} ${words}` : `${name} ${words}`;
}
