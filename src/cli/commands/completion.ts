import { Argument, type Command, Option } from "commander";

import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import type { ProgramName } from "../output.js";
import { readPackageFile } from "../package-file.js";

interface CompletionOptions extends CommonOptions {
  readonly for?: ProgramName;
}

const names: readonly ProgramName[] = ["keyward", "jarvis", "jean2"];

/** The script of each shell, by the name under which the shell would look for it. */
const files: Readonly<Record<string, string>> = {
  bash: "keyward.bash",
  zsh: "_keyward",
  fish: "keyward.fish",
};

export function declare(command: Command): void {
  command
    .addArgument(new Argument("<shell>", "whose script to print").choices(Object.keys(files)))
    .addOption(new Option("--for <name>", "complete this program alone, not all").choices(names))
    .addHelpText(
      "after",
      `
The script completes keyward, jarvis and jean2, and asks keyward at every TAB. Of jarvis and jean2
the words auth and token are keyward's; all others go to what completes the real program.
${formatExamples([
  ['eval "$(keyward completion bash)"', "bash, at the end of ~/.bashrc"],
  ['eval "$(keyward completion zsh)"', "zsh, at the end of ~/.zshrc"],
  ["keyward completion zsh > ~/.zfunc/_keyward", "or once, into a folder of $fpath"],
  ["keyward completion fish | source", "fish, in ~/.config/fish/config.fish"],
  ["keyward completion bash --for keyward", "leave jarvis and jean2 alone"],
])}`,
    );
}

export async function run(invocation: Invocation<CompletionOptions>): Promise<number> {
  const { context, options, args } = invocation;
  // Commander lets nothing through but a shell's name.
  const script = readPackageFile(`completions/${files[args[0]!]}`);
  const all = names.join(" ");
  context.stdout.write(script.replaceAll(all, options.for ?? all));
  return exit.ok;
}
