import { mayHideKey } from "../../keys/looks-like-key.js";
import type { Machine } from "../../core/machine.js";
import { readRunning } from "../../processes/words.js";
import type { RestartPlan } from "../../systems/contract/system.js";

/** An option that a server was started with. */
export interface GivenOption {
  readonly name: string;
  /** Null for one that is not shown, since it may hold a key. */
  readonly value: string | null;
}

/** The options that the running server has and its restart forgets; all other words may be keys. */
export function findForgotten(
  pid: number | null,
  { anew }: RestartPlan,
  machine: Machine,
): readonly GivenOption[] {
  if (pid === null || anew === undefined) return [];
  const args = readRunning(pid, machine)?.args ?? [];
  return anew.options.flatMap((name): GivenOption[] => {
    const at = args.findIndex((word) => word === name || word.startsWith(`${name}=`));
    const word = args[at];
    if (word === undefined) return [];
    const value = word === name ? (args[at + 1] ?? "") : word.slice(name.length + 1);
    return [{ name, value: mayHideKey(value) ? null : value }];
  });
}
