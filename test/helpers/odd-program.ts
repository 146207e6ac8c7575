import { Argument, Command, Option } from "commander";

/** What the odd program's option and argument may be: what shells, and their completions, read as signs. */
export const oddWords = ["it's", "a b", "c:d", "[e]", "$HOME", "(f)"] as const;

/** A command tree whose names and descriptions are full of quotes, colons and brackets. */
export function oddProgram(): Command {
  const odd = (flags: string) =>
    new Option(flags, 'it\'s "one": of [those] \\ $HOME `id` (or not)').choices(oddWords);
  const program = new Command("keyward").option("--level <n>", "how much").option("-q, --quiet");
  const group = program.command("odd:group").description("colon: it's [here] \\ $HOME `id`");
  group.addOption(odd("--sign <sign:of>"));
  group
    .command("leaf")
    .addArgument(new Argument("<sign>").choices(oddWords))
    .argument("[file]")
    .addOption(odd("-s, --sign-of <sign>"))
    .addOption(new Option("--hidden").hideHelp());
  program.command("hidden", { hidden: true });
  return program;
}
