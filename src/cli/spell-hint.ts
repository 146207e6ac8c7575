import { type Hint, type HintCommand, spellHint } from "../core/hint.js";
import { quoteForShell } from "../core/shell-quote.js";
import { isTaken } from "./real-programs/programs.js";
import type { CommonOptions, Invocation } from "./command.js";
import { type ProgramName, programSystems } from "./output.js";
import type { NamedServer } from "./settings/settings-shape.js";

/** A call, as far as it names the server that it is about. */
type Call = Pick<Invocation, "name" | "context" | "options" | "server">;

/** Writes a hint out, its commands as the caller would type them next, about the same server. */
export type Spell = (hint: Hint) => string;

/**
 * The one place where the commands of hints are spelled and quoted: under the name that the caller
 * used where that reaches keyward, and with what the caller said of the server.
 *
 * @param system the id of the one that was found for the call; null before that
 */
export function createSpeller(call: Call, system: string | null): Spell {
  return (hint) => spellHint(hint, (command) => spellCommand(command, call, system));
}

function spellCommand({ words, about }: HintCommand, call: Call, system: string | null): string {
  const program = nameProgram(words, call);
  if (about === "nothing") return quoteForShell([program, ...words]);
  const { server, options } = call;
  if (server !== null && words[0] === "server") return quoteForShell(nameAgain(server));
  const known = server?.system ?? system ?? options.system ?? programSystems[call.name];
  const front = server === null && program === "keyward" && known !== undefined;
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  return quoteForShell([
    program,
    ...(front ? ["--system", known] : []),
    ...words.slice(0, end),
    ...(lacksAddress(words, known, server) ? ["URL"] : []),
    ...(server === null ? [] : ["--server", server.name]),
    ...listFlags({ "--file": options.file, "--variable": options.variable }),
    ...listFlags({ "--dialect": options.dialect, "--launch": options.launch }),
    ...(asksServer(words) ? describeQuestion(known, options) : []),
    // What follows is the words of another program.
    ...words.slice(end),
  ]);
}

/** A server that has a name is given it again, with its address. */
function nameAgain(server: NamedServer): string[] {
  const { name, system, file, variable, dialect, launch, restartCommand } = server;
  return [
    "keyward",
    "server",
    "add",
    name,
    "--replace",
    ...listFlags({ "--system": system, "--url": "URL" }),
    ...listFlags({ "--file": file, "--variable": variable, "--dialect": dialect }),
    ...listFlags({ "--launch": launch }),
    ...(restartCommand === null ? [] : ["--restart-command", "--", ...restartCommand]),
  ];
}

/** The real jean2 and jarvis have every other word, and may stand first on the PATH. */
function nameProgram([word = ""]: readonly string[], { name, context }: Call): ProgramName {
  if (name === "keyward" || (word !== "auth" && word !== "token")) return "keyward";
  return isTaken(name, context) ? "keyward" : name;
}

function isProbe([group, command]: readonly string[]): boolean {
  return group === "auth" && command === "probe";
}

/** Where a generic server answers is for its owner to say. */
function lacksAddress(
  words: readonly string[],
  system: string | undefined,
  server: NamedServer | null,
): boolean {
  const hasAddress = words.some((word) => word === "URL" || /^(?:https?:\/\/|unix:)/.test(word));
  const isSaid = hasAddress || (server?.url ?? null) !== null;
  return system === "generic" && isProbe(words) && !isSaid;
}

function asksServer(words: readonly string[]): boolean {
  return (
    isProbe(words) || words.some((word) => /^--(?:restart(?:-command)?|resume|undo)$/.test(word))
  );
}

/** And so is how; no other server is asked so. */
function describeQuestion(system: string | undefined, options: CommonOptions): string[] {
  return listFlags({
    "--path": options.path ?? (system === "generic" ? "PATH" : undefined),
    "--transport": options.transport,
    "--accept-json": options.acceptJson,
  });
}

function listFlags(flags: Readonly<Record<string, string | null | undefined>>): string[] {
  return Object.entries(flags).flatMap(([flag, value]) =>
    value === null || value === undefined ? [] : [flag, value],
  );
}
