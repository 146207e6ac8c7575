import { Argument, type Command, Option } from "commander";

import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { shells, writeCompletion } from "../shell/script.js";
import { describeTree } from "../shell/tree.js";
import { exit } from "../exit.js";
import type { ProgramName } from "../output.js";

interface CompletionOptions extends CommonOptions {
  readonly for?: ProgramName;
}

const names: readonly ProgramName[] = ["keyward", "jarvis", "jean2"];

export function declare(command: Command, name: ProgramName): void {
  command
    .addArgument(new Argument("<shell>", "whose script to print").choices(shells))
    .addOption(new Option("--for <name>", `the program; ${name} if absent`).choices(names))
    .addHelpText(
      "after",
      formatExamples([
        ['eval "$(keyward completion bash)"', "bash, for now; in ~/.bashrc, for good"],
        ["source <(keyward completion zsh)", "zsh, in ~/.zshrc after compinit"],
        ["keyward completion zsh > ~/.zfunc/_keyward", "or once, into a folder of $fpath"],
        ["keyward completion fish > ~/.config/fish/completions/keyward.fish", "fish, for good"],
        ["keyward completion bash --for jean2", "auth and token of jean2"],
      ]),
    );
}

export async function run(invocation: Invocation<CompletionOptions>): Promise<number> {
  const { context, options, args } = invocation;
  const name = options.for ?? invocation.name;
  const { createFullProgram } = await import("../program.js");
  const root = describeTree(await createFullProgram(name, context));
  // Commander lets nothing through but a shell's name.
  const shell = shells.find((each) => each === args[0])!;
  context.stdout.write(writeCompletion(shell, name, root));
  return exit.ok;
}
