import { Command, CommanderError, Option } from "commander";

import { KeywardError } from "../core/errors.js";
import { version } from "../core/version.js";
import { nameableDialects } from "../formats/env/dialects/names.js";
import { catalogue, type CommandEntry, groups } from "./catalogue.js";
import type { CommonOptions } from "./command.js";
import type { Context } from "./context.js";
import { createReporter, type ProgramName } from "./output.js";
import { findKeysIn, keyInArguments, refuseKeys } from "./input/refuse-keys.js";
import type { NamedServer } from "./settings/settings-shape.js";

/** Runs the command that the arguments name, and gives its exit code. */
export async function runProgram(
  name: ProgramName,
  argv: readonly string[],
  context: Context,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(name, context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(respellHelp(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (findKeysIn(beforeDashes(argv)).length > 0) throw keyInArguments(name);
    throw translateError(error, name);
  }
  return exitCode;
}

/** What follows `--` is another program's. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf("--");
  return dashes < 0 ? argv : argv.slice(0, dashes);
}

/**
 * The program with its groups and its own commands, none of which is declared yet.
 *
 * @param finish is told the exit code of the command that was run
 */
export function createProgram(
  name: ProgramName,
  context: Context,
  finish: (exitCode: number) => void = () => {},
): Command {
  const program = new Command(name)
    .description(describe(name))
    .version(version)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Failures are reported in one place, by main.
      writeErr: () => {},
      getOutHelpWidth: () => (context.stdout.isTerminal ? context.stdout.columns : 80),
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  if (name === "keyward") {
    program.addOption(suggest("--system <system>", "which kind of server", systemNames));
  }
  program
    .option("--server <server>", "a named server: see keyward server")
    .addOption(
      suggest("--launch <launch>", "how the server is started", [
        "daemon",
        "service",
        "foreground",
      ]),
    )
    .option("--file <file>", "the file that holds the key; the system's own if absent")
    .option("--variable <name>", "the variable in that file, where it is not the system's")
    .addOption(
      suggest(
        "--dialect <dialects>",
        "who reads that file; several with commas, the server first",
        nameableDialects,
      ),
    )
    .option("--json", "one object on standard output, no prose")
    .option("--debug", "steps, requests and stacks on standard error");
  for (const [group, summary] of Object.entries(groups)) {
    if (group !== "server" || name === "keyward")
      program.command(group).helpCommand(false).description(summary);
  }
  if (name === "keyward") {
    for (const entry of catalogue)
      if (!entry.group) addCommand(program, entry, name, context, finish);
  }
  return program.hook("preSubcommand", async (_, command) => {
    const word = program.args[1];
    const bare = word === undefined || word.startsWith("-");
    await openFirstWord(command, name, context, finish, bare);
    command.hook("preSubcommand", (_group, leaf) => declareCommand(leaf, name));
  });
}

/**
 * Makes known what may follow the first word: a group gets its commands, a command is declared.
 *
 * @param bare the group's name is all that was said, and means its `status`
 */
export async function openFirstWord(
  command: Command,
  name: ProgramName,
  context: Context,
  finish: (exitCode: number) => void = () => {},
  bare = false,
): Promise<void> {
  if (command.name() in groups) addGroupCommands(command, name, context, finish, bare);
  else await declareCommand(command, name);
}

const systemNames = ["jean2", "openjarvis", "jean", "haip", "generic"];

/** For help and completion: what is right is decided later, by the system, with a better message. */
function suggest(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).argParser(String);
}

/** `auth` alone is `auth status`; an unknown word after it must not be. */
function addGroupCommands(
  group: Command,
  name: ProgramName,
  context: Context,
  finish: (exitCode: number) => void,
  bare: boolean,
): void {
  const own = catalogue.filter((each) => each.group === group.name());
  for (const entry of own.filter(({ only = name }) => only === name)) {
    addCommand(group, entry, name, context, finish, bare && entry.command === "status");
  }
}

function addCommand(
  parent: Command,
  entry: CommandEntry,
  name: ProgramName,
  context: Context,
  finish: (exitCode: number) => void,
  isDefault = false,
): void {
  const command = parent.command(entry.command, { isDefault }).description(entry.summary);
  command.action(async () => {
    const module = await entry.load();
    const options = command.optsWithGlobals<CommonOptions>();
    // What `run` starts is another program, with arguments of its own.
    const own = entry.command === "run" ? command.args.slice(0, 1) : command.args;
    refuseKeys(name, own, { ...options });
    const server = await findNamedServer(entry, options, context);
    const report = createReporter(name, context, options);
    finish(await module.run({ name, context, options, server, args: command.args, report }));
  });
}

/** `--server` says which server a command is about; to the commands that name servers it says nothing. */
async function findNamedServer(
  { group }: CommandEntry,
  { server }: CommonOptions,
  context: Context,
): Promise<NamedServer | null> {
  if (server === undefined) return null;
  if (group === "server") {
    throw new KeywardError("usage", "--server has no meaning for the commands of keyward server", {
      hint: "the name is an argument: see keyward server --help",
    });
  }
  const { findServer } = await import("./which/find-server.js");
  return findServer(context, server);
}

/** Loads the file of a command, and declares its arguments and options. */
export async function declareCommand(command: Command, name: ProgramName): Promise<void> {
  const group = command.parent?.parent ? command.parent.name() : undefined;
  const entry = catalogue.find((each) => each.command === command.name() && each.group === group);
  if (entry) (await entry.load()).declare(command, name);
}

function describe(name: ProgramName): string {
  return name === "keyward"
    ? "Makes, stores, rotates and proves the keys of self-hosted agent servers."
    : `keyward for ${name === "jean2" ? "Jean2" : "OpenJarvis"}: the words auth and token; every other word goes to the real ${name}.`;
}

/** `help auth check` and `auth help check` are `auth check --help`. */
function respellHelp(argv: readonly string[]): string[] {
  const at = argv.slice(0, 2).indexOf("help");
  return at < 0 ? [...argv] : [...argv.filter((_, index) => index !== at), "--help"];
}

function translateError(error: CommanderError, name: ProgramName): KeywardError {
  if (error.code === "commander.help") {
    return new KeywardError("usage", "which command is missing", { hint: `${name} --help` });
  }
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const choice = /^(.*)\. Allowed choices are (.*)\.$/.exec(message);
  if (choice?.[1] !== undefined) {
    return new KeywardError("usage", choice[1], { hint: `one of: ${choice[2]}` });
  }
  const nearest = suggestion === undefined ? null : /^\(Did you mean (.*)\?\)$/.exec(suggestion);
  return new KeywardError("usage", message, {
    hint: nearest?.[1] ? `did you mean ${nearest[1]}?` : `${name} --help`,
  });
}
