import { Command, CommanderError, Option } from "commander";

import { KeywardError } from "../core/errors.js";
import { asItStands } from "../core/hint.js";
import { systemIds } from "../systems/contract/system.js";
import { version } from "../core/version.js";
import { nameableDialects } from "../formats/env/dialects/names.js";
import { catalogue, type CommandEntry, groups } from "./catalogue.js";
import type { CommonOptions } from "./command.js";
import type { Context } from "./context.js";
import { exit } from "./exit.js";
import { findKeysIn, keyInArguments, refuseKeys } from "./input/refuse-keys.js";
import { holdOutput } from "./hold-output.js";
import { createReporter, hasFlag, type ProgramName, type Reporter, showPlainly } from "./output.js";
import { createSpeller } from "./spell-hint.js";
import type { NamedServer } from "./settings/settings-shape.js";

/** Runs the command that the arguments name, and gives its exit code. */
export async function runProgram(
  name: ProgramName,
  argv: readonly string[],
  context: Context,
  hear: (report: Reporter) => void = () => {},
): Promise<number> {
  let exitCode: number = exit.ok;
  let help = "";
  const program = createProgram(name, context, {
    hear,
    finish: (code) => {
      exitCode = code;
    },
    explain: (text) => {
      help += text;
    },
  });
  try {
    await program.parseAsync(respellHelp(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exit.ok;
    if (findKeysIn(beforeDashes(argv)).length > 0) throw keyInArguments();
    const failure = translateError(error, help);
    if (!needsHelp(error) || hasFlag(argv, "--json")) throw failure;
    context.stderr.write(`${name}: ${showPlainly(failure.message)}\n\n${help.trimStart()}`);
    return exit.usage;
  }
  return exitCode;
}

/** What follows `--` is another program's. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf("--");
  return dashes < 0 ? argv : argv.slice(0, dashes);
}

/** Who is told what a run of the program comes to. */
interface Listeners {
  /** What reports for the command that is run: it knows which server that is about. */
  readonly hear: (report: Reporter) => void;
  /** The exit code of the command that was run. */
  readonly finish: (exitCode: number) => void;
  /** The help of the command whose arguments made no sense. */
  readonly explain: (help: string) => void;
}

/** The same of one command. */
type CommandListeners = Omit<Listeners, "explain">;

const nobody: Listeners = { hear: () => {}, finish: () => {}, explain: () => {} };

/** The program with its groups and its own commands, none of which is declared yet. */
export function createProgram(
  name: ProgramName,
  context: Context,
  { hear, finish, explain }: Listeners = nobody,
): Command {
  const program = new Command(name)
    .description(describe(name))
    .version(version)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Failures are reported in one place, by main, and help is all that is left.
      outputError: () => {},
      writeErr: explain,
      getOutHelpWidth: () => (context.stdout.isTerminal ? context.stdout.columns : 80),
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError()
    .exitOverride();
  if (name === "keyward") {
    program.addOption(suggest("--system <system>", "which kind of server", systemIds));
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
    .option("--quiet", "print nothing when all is well, as for cron")
    .option("--debug", "steps, requests and stacks on standard error");
  for (const [group, summary] of Object.entries(groups)) {
    if (group !== "server" || name === "keyward")
      program.command(group).helpCommand(false).description(summary);
  }
  if (name === "keyward") {
    for (const entry of catalogue)
      if (!entry.group) addCommand(program, entry, name, context, { hear, finish });
  }
  return program.hook("preSubcommand", async (_, command) => {
    const word = program.args[1];
    const bare = word === undefined || word.startsWith("-");
    await openFirstWord(command, name, context, { hear, finish }, bare);
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
  listeners: CommandListeners = nobody,
  bare = false,
): Promise<void> {
  if (command.name() in groups) addGroupCommands(command, name, context, listeners, bare);
  else await declareCommand(command, name);
}

/** For help and completion: what is right is decided later, by the system, with a better message. */
function suggest(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).argParser(String);
}

/** `auth` alone is `auth status`; an unknown word after it must not be. */
function addGroupCommands(
  group: Command,
  name: ProgramName,
  context: Context,
  listeners: CommandListeners,
  bare: boolean,
): void {
  const own = catalogue.filter((each) => each.group === group.name());
  for (const entry of own.filter(({ only = name }) => only === name)) {
    addCommand(group, entry, name, context, listeners, bare && entry.command === "status");
  }
}

function addCommand(
  parent: Command,
  entry: CommandEntry,
  name: ProgramName,
  context: Context,
  listeners: CommandListeners,
  isDefault = false,
): void {
  const { hear, finish } = listeners;
  const command = parent.command(entry.command, { isDefault }).description(entry.summary);
  command.action(async () => {
    const module = await entry.load();
    const options = command.optsWithGlobals<CommonOptions>();
    // What `run` starts is another program, with arguments of its own.
    const own = entry.command === "run" ? command.args.slice(0, 1) : command.args;
    refuseKeys(own, { ...options });
    const server = await findNamedServer(entry, options, context);
    const spell = createSpeller({ name, context, options, server }, null);
    const held = options.quiet === true ? holdOutput(context, entry.command) : null;
    const seen = held?.context ?? context;
    const report = createReporter(name, seen, options, spell);
    hear(report);
    let code: number | null = null;
    try {
      code = await module.run({
        name,
        context: seen,
        options,
        server,
        args: command.args,
        report,
      });
      finish(code);
    } finally {
      if (code !== exit.ok) held?.release();
    }
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
    throw new KeywardError("usage", "--server cannot be used with keyward server", {
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

/** Whoever does not know which commands there are is shown them; a misspelt one is known by its hint. */
function needsHelp({ code, message }: CommanderError): boolean {
  if (code === "commander.help") return true;
  return code === "commander.unknownCommand" && !message.includes("\n");
}

/** @param help of the command whose arguments made no sense; its first line says what that is called */
function translateError(error: CommanderError, help: string): KeywardError {
  const [, command = ""] = /^Usage: ([\w-]+(?: [\w-]+)*)/m.exec(help) ?? [];
  const hint = asItStands(`${command} --help`.split(" ").slice(1).join(" "));
  if (error.code === "commander.help") {
    return new KeywardError("usage", `${command} needs the name of a command`, { hint });
  }
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const choice = /^(.*)\. Allowed choices are (.*)\.$/.exec(message);
  if (choice?.[1] !== undefined) {
    return new KeywardError("usage", choice[1], { hint: `one of: ${choice[2]}` });
  }
  const nearest = suggestion === undefined ? null : /^\(Did you mean (.*)\?\)$/.exec(suggestion);
  return new KeywardError("usage", message, {
    hint: nearest?.[1] ? `did you mean ${nearest[1]}?` : hint,
  });
}
