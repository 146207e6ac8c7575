import type { Command } from "commander";

import type { Context } from "./context.js";
import type { ProgramName, Reporter } from "./output.js";
import type { NamedServer } from "./settings/settings-shape.js";

/** Options that every command has. */
export interface CommonOptions {
  readonly system?: string;
  readonly server?: string;
  readonly launch?: string;
  readonly file?: string;
  readonly variable?: string;
  readonly dialect?: string;
  /** How a generic server is asked; only of commands that may ask it. */
  readonly path?: string;
  readonly transport?: "bearer" | "query";
  readonly acceptJson?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
}

/** One run of one command. */
export interface Invocation<Options extends CommonOptions = CommonOptions> {
  readonly name: ProgramName;
  readonly context: Context;
  readonly options: Options;
  /** What `--server` names; null without it. */
  readonly server: NamedServer | null;
  readonly args: readonly string[];
  readonly report: Reporter;
}

/** A file of `commands/`: it declares its options, and does what it is for. */
export interface CommandModule {
  /** Adds arguments, options and help to the command that program.ts has made. */
  declare(command: Command, name: ProgramName): void;
  /** Does it, and gives the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** Ends a help text with lines that can be typed as they stand. */
export function formatExamples(examples: readonly (readonly [string, string])[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
  return `\nExamples:\n${lines.join("\n")}`;
}
