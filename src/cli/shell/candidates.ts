import type { Argument, Option } from "commander";

import type { Context } from "../context.js";
import { type ProgramName, programSystems } from "../output.js";
import { loadSettings } from "../settings/settings.js";
import { findOption, type CompletionPlace } from "./place.js";

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What may stand where the cursor is. */
export interface Candidates {
  readonly words: readonly Candidate[];
  /**
   * What the shell is to add by itself: `files`, or what it completes `command N` to, of which the
   * command starts at the word N after the program's name. `nothing` where the words are all.
   */
  readonly rest: "nothing" | "files" | `command ${number}`;
}

const none: Candidates = { words: [], rest: "nothing" };

/**
 * What may stand at a place.
 *
 * @param typed the word under the cursor, as far as it is there. When it is `--option=…`, the
 *   candidates are for what stands after the sign.
 * @param index which word that is, from 0, after the program's name
 */
export async function findCandidates(
  name: ProgramName,
  place: CompletionPlace,
  { typed, index }: { readonly typed: string; readonly index: number },
  context: Context,
): Promise<Candidates> {
  const { path, awaiting, ended, args } = place;
  const command = path.at(-1)!;
  if (awaiting !== null) return listValues(name, awaiting, place, context);
  if (!ended && typed.startsWith("-")) {
    if (!typed.includes("=")) return listOptions(place);
    const option = findOption(path, typed.slice(0, typed.indexOf("=")));
    return option?.required === true ? listValues(name, option, place, context) : none;
  }
  if (command.commands.length > 0) {
    const words = command.commands.map((child) => describe(child.name(), child.description()));
    return { words, rest: "nothing" };
  }
  const declared = command.registeredArguments;
  const position = Math.min(args.length, declared.length - 1);
  const argument = declared[position];
  if (argument === undefined || (args.length >= declared.length && !argument.variadic)) return none;
  // Before `--` commander would take the command's options for ours.
  if (argument.variadic)
    return ended ? { words: [], rest: `command ${args[position] ?? index}` } : none;
  return listValues(name, argument, place, context);
}

function listOptions({ path }: CompletionPlace): Candidates {
  const known = new Map<string, Candidate>();
  for (const command of path.toReversed()) {
    for (const { long, flags, description } of command.createHelp().visibleOptions(command)) {
      const word = long ?? flags;
      // A command's own is meant where one above it has that name too, as each has its `--help`.
      if (!known.has(word)) known.set(word, describe(word, description));
    }
  }
  return { words: [...known.values()], rest: "nothing" };
}

/** What an option or an argument may be: one of its choices, or what its name in the help says. */
async function listValues(
  name: ProgramName,
  value: Option | Argument,
  { options }: CompletionPlace,
  context: Context,
): Promise<Candidates> {
  const { argChoices = [] } = value;
  if (argChoices.length > 0) {
    return { words: argChoices.map((word) => describe(word)), rest: "nothing" };
  }
  const label = "flags" in value ? /<(.+)>/.exec(value.flags)?.[1] : value.name();
  if (label === "file") return { words: [], rest: "files" };
  if (label !== "server") return none;
  const system = programSystems[name] ?? options.get("--system") ?? undefined;
  return { words: await listServers(context, system), rest: "nothing" };
}

async function listServers(context: Context, system: string | undefined): Promise<Candidate[]> {
  const { servers } = await loadSettings(context);
  return Object.values(servers)
    .filter((server) => system === undefined || server.system === system)
    .map((server) => describe(server.name, server.system));
}

function describe(word: string, description = ""): Candidate {
  return { word, description };
}
