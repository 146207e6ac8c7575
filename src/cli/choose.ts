import { KeywardError } from "../errors.js";
import { findSystem, systems } from "../systems/index.js";
import type { Launch, System } from "../systems/system.js";
import type { Invocation } from "./command.js";
import { programSystems, type ProgramName } from "./output.js";

/**
 * Finds the system that a command is about: by the name of the program, by `--system`, by the only
 * one whose files are on this machine, or by asking.
 *
 * @throws KeywardError `system-unknown` when there is nobody to ask
 */
export async function chooseSystem({
  name,
  context,
  options,
  report,
}: Invocation): Promise<System> {
  const named = programSystems[name] ?? options.system;
  if (named !== undefined) return findSystem(named);
  const all: readonly System[] = Object.values(systems);
  const present = all.filter((system) =>
    system
      .locations(context, system.detectLaunch(context))
      .some((place) => place.kind !== "environment" && context.fs.existsSync(place.path)),
  );
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

/**
 * The launch that `--launch` names, else the one that the system's files tell of.
 *
 * @throws KeywardError `usage` for a launch that the system does not have
 */
export function chooseLaunch(system: System, { context, options }: Invocation): Launch {
  if (options.launch === undefined) return system.detectLaunch(context);
  const launch = system.launches.find((each) => each === options.launch);
  if (launch !== undefined) return launch;
  throw new KeywardError("usage", `${system.title} has no launch called ${options.launch}`, {
    hint: `one of: ${system.launches.join(", ")}`,
  });
}

/** A command of ours as a person would type it after this one: under the same name, for the same system. */
export function spellCommand(name: ProgramName, system: System, words: string): string {
  return name === "keyward" ? `keyward --system ${system.id} ${words}` : `${name} ${words}`;
}
