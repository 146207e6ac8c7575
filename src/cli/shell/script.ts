import type { ProgramName } from "../output.js";
import { writeBash } from "./bash.js";
import { writeFish } from "./fish.js";
import type { CompletionCommand } from "./tree.js";
import { writeZsh } from "./zsh.js";

/** The shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];

const writers: Readonly<Record<Shell, (name: ProgramName, root: CompletionCommand) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};

/**
 * The script by which a shell completes the words after a program's name.
 *
 * @param root the program's commands, as `describeTree` reads them
 */
export function writeCompletion(shell: Shell, name: ProgramName, root: CompletionCommand): string {
  return writers[shell](name, root);
}
