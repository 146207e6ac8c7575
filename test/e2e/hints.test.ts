/*
 * Every command that a run proposes is typed as it is printed, where it was printed: it is known, it
 * is about the same server, and under a name that keyward shares it does not end up with the other
 * program of that name. Only a word in capitals is the reader's to fill in. Beside the server of each run stand others, whose files must not change.
 */
import { describe, expect, it } from "vitest";

import { chooseCases, extent } from "../helpers/chaos.js";
import { listAdvice, listCommands } from "../helpers/hint-commands.js";
import { setStage, type Stage, type Started } from "../helpers/hint-stage.js";
import { keyA, keyB } from "../helpers/keys.js";

/** A server, and how a call names it. */
interface Server {
  readonly name: "keyward" | "jean2" | "jarvis";
  readonly options: string;
  readonly file: string;
  readonly variable: string;
}

const files = {
  ".jean2/.env": "JEAN2_AUTH_TOKEN",
  ".openjarvis/cloud-keys.env": "OPENJARVIS_API_KEY",
  "my other.env": "JEAN2_AUTH_TOKEN",
  "it's jarvis.env": "OPENJARVIS_API_KEY",
  "jean.env": "JEAN_TOKEN",
  ".env": "JWT_SECRET",
  "two  blanks.env": "JWT_SECRET",
  "my $agent.env": "AGENT_KEY",
} as const;

const generic = "--system generic --file 'my $agent.env' --variable AGENT_KEY";

/** What `server add` is told of each name. */
const named: Readonly<Record<string, string>> = {
  lab: "--system jean2 --file 'my other.env'",
  hub: `--system openjarvis --file "it's jarvis.env"`,
  old: "--system haip --file 'two  blanks.env'",
  agent: `${generic} --url http://127.0.0.1:9`,
};

const servers: readonly Server[] = (
  [
    ["keyward", "--system jean2", ".jean2/.env"],
    ["jean2", "", ".jean2/.env"],
    ["keyward", "--system jean2 --file 'my other.env'", "my other.env"],
    ["jean2", "--file 'my other.env' --dialect dotenv", "my other.env"],
    ["keyward", "--server lab", "my other.env"],
    ["jean2", "--server lab --launch foreground", "my other.env"],
    ["keyward", `--system openjarvis --file "it's jarvis.env"`, "it's jarvis.env"],
    ["jarvis", `--file "it's jarvis.env"`, "it's jarvis.env"],
    ["jarvis", "--server hub", "it's jarvis.env"],
    ["keyward", "--system jean --file jean.env", "jean.env"],
    ["keyward", "--system haip", ".env"],
    ["keyward", "--system haip --file 'two  blanks.env'", "two  blanks.env"],
    ["keyward", "--server old", "two  blanks.env"],
    ["keyward", generic, "my $agent.env"],
    ["keyward", "--server agent", "my $agent.env"],
  ] as const
).map(([name, options, file]) => ({ name, options, file, variable: files[file] }));

/** What stands in the server's file, the command that meets it, and whether something must be proposed. */
const situations: readonly (readonly [what: string, value: string | null, command: string])[] = [
  ["a second first key", keyA, "auth generate-key --write"],
  ["no key to show", null, "token show"],
  ["no key, for the network", null, "auth check --host 0.0.0.0"],
  ["a reference, for the network", "op://vault/item/key", "auth check --host 0.0.0.0"],
  ["a new key", keyA, "token rotate"],
  ["a variable that is set twice", `${keyB}\nVARIABLE=${keyA}`, "auth status --json"],
  ["a placeholder", "changeme", "auth status --json"],
];

/** What only the reader knows, as the test does. */
const known: readonly (readonly [RegExp, string])[] = [
  [/\bURL\b/, "http://127.0.0.1:9"],
  [/\bNAME\b/, "named"],
  [/\bPATH\b/, "/validate"],
  [/\bUSER\b/, "user-1"],
];

async function prepare({ file, variable, options }: Server, value: string | null): Promise<Stage> {
  const texts = Object.entries(files).map(([name, own]) => [name, `${own}=${keyB}\n`]);
  const text =
    value === null ? "OTHER=1\n" : `${variable}=${value.replace("VARIABLE", variable)}\n`;
  const stage = setStage({ ...Object.fromEntries(texts), [file]: text });
  const [, asked = ""] = /--server (\w+)/.exec(options) ?? [];
  if (asked !== "") {
    const { stderr } = await stage.run(`keyward server add ${asked} ${named[asked]}`);
    if (stage.takeStarted().length !== 1) throw new Error(stderr);
  }
  stage.takeStarted();
  return stage;
}

const flags = new Set(["--server", "--system", "--file", "--variable", "--dialect", "--launch"]);

/** The words that name a server in a command line of ours. */
function namingOf(args: readonly string[]): string[] {
  return args.flatMap((word, at) => (flags.has(word) ? [`${word} ${args[at + 1]}`] : []));
}

/** Runs what a run proposes, and lists what breaks a promise of this file. */
async function tryAdvice(stage: Stage, server: Server, line: string) {
  const result = await stage.run(line);
  const [call = [line]] = stage.takeStarted();
  const commands = listAdvice(result).flatMap(listCommands);
  const troubles: string[] = [];
  for (const command of commands) {
    const typed = known.reduce((text, [word, value]) => text.replace(word, value), command);
    const before = stage.readFiles();
    const { code, stderr } = await stage.run(typed);
    const after = stage.readFiles();
    const touched = Object.keys(before).filter((name) => before[name] !== after[name]);
    const found = [
      ...([2, 126, 127].includes(code) ? [`status ${code}: ${stderr}`] : []),
      ...touched.filter((name) => name !== server.file).map((name) => `it changes ${name}`),
      ...stage.takeStarted().flatMap((started) => judgeStarted(started, call)),
    ];
    troubles.push(...found.map((trouble) => `${typed}: ${trouble}`));
  }
  return { commands, troubles };
}

/** By what it was given: a probe changes no file, and may be about another server all the same. */
function judgeStarted([name, ...args]: Started, [called, ...callArgs]: Started): string[] {
  const [word = ""] = args;
  if (name.startsWith("the real ")) {
    return ["restart", "start", "compose"].includes(word) ? [] : [`${name} gets ${word}`];
  }
  // Under a shared name every other word goes on to the real program, where it is judged.
  if (name !== "keyward" && word !== "auth" && word !== "token") return [];
  if (name !== "keyward" && called !== "keyward" && name !== called) return [`${name} is asked`];
  // It gives a name to a server, and says all about it.
  const isNaming = args.includes("server");
  const naming = namingOf(callArgs).filter((each) => !isNaming || !each.startsWith("--server"));
  const own = namingOf(args);
  const missing = naming.filter((each) => !own.includes(each));
  const added = own.filter((each) => !naming.includes(each) && !each.startsWith("--system "));
  return [...missing.map((each) => `without ${each}`), ...added.map((each) => `with ${each}`)];
}

/** Lines that are refused, or that something is proposed after; the server is named by the line alone. */
const lines: readonly string[] = [
  "jean2 auth check --zzzzzz",
  "jarvis token rotate --zzzzzz",
  "keyward --zzzzzz",
  "keyward server list",
  "keyward --system auto auth probe",
  `keyward auth probe ${generic}`,
  `keyward auth probe ${generic} --path /v`,
  `keyward token rotate ${generic} --restart --restart-command -- true`,
  `keyward token rotate ${generic} --path /v --restart --restart-command -- true`,
  `keyward token rotate ${generic} --json`,
  "keyward --system jean2 token rotate --json",
  "jean2 token rotate --file 'my other.env' --json",
  "keyward --system jean2 auth revoke-key --file 'my other.env'",
  "keyward --system openjarvis token rotate --file jean.json",
  "keyward --system haip token issue --user user-1 --secret-env NONE",
  "keyward --system haip doctor --json",
  "keyward --system jean2 doctor --json --file 'my other.env'",
  "keyward doctor --json --system generic",
];

const some = <T>(purpose: string, all: readonly T[], size: number): readonly T[] => {
  const chosen = new Set(chooseCases(purpose, all.length, size));
  return all.filter((_, index) => chosen.has(index + 1));
};

describe(`what is proposed after a line (${extent})`, () => {
  it.each(some("hinted lines", lines, 9))("%s", async (line) => {
    const file = Object.keys(files).find((name) => line.includes(name)) ?? ".jean2/.env";
    const server = { name: "keyward", options: "", variable: "JEAN2_AUTH_TOKEN" } as const;
    const stage = await prepare({ ...server, file: ".jean2/.env" }, keyB);
    expect((await tryAdvice(stage, { ...server, file }, line)).troubles).toEqual([]);
  });
});

describe.each(some("hinted servers", servers, 5))(
  "what is proposed after $name $options",
  (server) => {
    it.each(situations)("%s", async (_, value, command) => {
      const stage = await prepare(server, value);
      const { name, options, file } = server;
      const line = `${name} ${command} ${options}`.trim();
      const { commands, troubles } = await tryAdvice(stage, server, line);
      expect(troubles).toEqual([]);
      // Of a server that nobody has described to keyward, little can be proposed.
      expect(commands.length > 0 || file === "my $agent.env").toBe(true);
    });
  },
);
