import { mayHideKey } from "../keys/looks-like-key.js";
import type { RunningProcess } from "../processes/words.js";
import { plainWords, readCommand } from "../systems/contract/command-line.js";
import type { RunningFacts } from "../systems/contract/system.js";

/** The options of a running server that are known; none of its other words is kept. */
export interface ServerFlags {
  readonly host: string | null;
  readonly port: string | null;
  /** The option that switches authentication off, if it is there. */
  readonly off: string | null;
  /** The key's value, if an option has it: a function, so that whoever prints this prints no key. */
  readonly key: (() => string) | null;
}

/** Reads a process's words as the system's server does; null for what is not known to be one. */
export function readServerFlags(
  { program, args }: RunningProcess,
  running: RunningFacts,
): ServerFlags | null {
  if (running.program === null) return null;
  const reading = readCommand(plainWords([program, ...args]), running.program);
  if (reading.why !== null) return null;
  const texts = reading.args.map(({ text }) => text ?? "");
  const end = texts.indexOf("--");
  const words = end === -1 ? texts : texts.slice(0, end);
  const show = (names: readonly string[]): string | null => {
    const value = findValue(words, names);
    return value === null || mayHideKey(value) ? null : value;
  };
  const key = findValue(words, running.keyFlags);
  return {
    host: show(running.hostFlags),
    port: show(running.portFlags),
    off: running.offFlags.find((flag) => words.includes(flag)) ?? null,
    key: key === null ? null : () => key,
  };
}

/** The last one counts, as servers have it. */
function findValue(words: readonly string[], flags: readonly string[]): string | null {
  for (let at = words.length - 1; at >= 0; at--) {
    const word = words[at] ?? "";
    if (flags.includes(word)) return words[at + 1] ?? "";
    const flag = flags.find((each) => each.startsWith("--") && word.startsWith(`${each}=`));
    if (flag !== undefined) return word.slice(flag.length + 1);
  }
  return null;
}
