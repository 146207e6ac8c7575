import { main } from "../../src/cli/main.js";
import type { Context, Output } from "../../src/cli/context.js";
import type { ProgramName } from "../../src/cli/output.js";
import { createRequester } from "../../src/net/requester.js";
import { testMachine, type TestMachine } from "./machine.js";

/** What a run of the program left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole program in this process, on streams that a test can read and files that are real. */
export interface TestCli extends TestMachine {
  run(name: ProgramName, ...argv: readonly string[]): Promise<CliResult>;
}

export function testCli(
  overrides: Partial<TestMachine> & {
    readonly stdin?: string;
    /** Whether a person seems to sit there; asking one fails the test. */
    readonly isTerminal?: boolean;
  } = {},
): TestCli {
  const { stdin = "", isTerminal = false, ...rest } = overrides;
  const machine = testMachine(rest);
  return {
    ...machine,
    async run(name, ...argv) {
      const stdout = collect(isTerminal);
      const stderr = collect(isTerminal);
      const context: Context = {
        ...machine,
        stdin: { isTerminal, readAll: () => Buffer.from(stdin) },
        stdout,
        stderr,
        get terminal(): never {
          throw new Error("there is no terminal to ask");
        },
        process,
        request: createRequester(),
      };
      const code = await main(name, argv, context);
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
  };
}

function collect(isTerminal: boolean): Output & { text(): string } {
  const chunks: Buffer[] = [];
  return {
    isTerminal,
    columns: 80,
    write(chunk) {
      chunks.push(Buffer.from(chunk));
      return true;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}
