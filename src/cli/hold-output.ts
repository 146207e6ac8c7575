import type { Context, Output } from "./context.js";

/** The answer of these is what they are called for; it is never held back. */
const products = new Set(["generate-key", "show", "issue", "run", "serve", "completion"]);

/** What a quiet command writes, until it is known whether all is well. */
export interface HeldOutput {
  /** As the command's own, but nobody looks at its streams. */
  readonly context: Context;
  /** Writes what was held back. */
  release(): void;
}

/** Holds back what a command writes: with `--quiet` it is for nobody where all is well. */
export function holdOutput(context: Context, command: string): HeldOutput {
  const written: (() => void)[] = [];
  const hold = (output: Output): Output => ({
    write(chunk) {
      written.push(() => output.write(chunk));
      return true;
    },
    isTerminal: false,
    columns: 80,
  });
  const stdout = products.has(command) ? context.stdout : hold(context.stdout);
  const held: Context = Object.create(context, {
    stdout: { value: stdout },
    stderr: { value: hold(context.stderr) },
  });
  return {
    context: held,
    release() {
      for (const write of written.splice(0)) write();
    },
  };
}
