import { basename } from "node:path";

/** A word of a command, as its program gets it. */
export interface Word {
  /** Null for one that is there, but whose text is not known. */
  readonly text: string | null;
  /** The variable that the whole word is taken from; null for any other word. */
  readonly variable: string | null;
  /** How it is written. */
  readonly raw: string;
  /** Not known either is how many words it becomes, if any. */
  readonly many?: true;
}

/** How the command of a system's server is known. */
export interface ServerProgram {
  /** Whether a program of this name, without its folder, is the server. */
  readonly isServer: (name: string) => boolean;
  /** The names by which Python starts it: `python -m openjarvis`. */
  readonly modules?: readonly string[];
  /** Whether the file at this path is a script for a shell. */
  readonly isShellScript?: (path: string) => boolean;
}

/** The server in a command line, or why it cannot be seen there. */
export type CommandReading =
  | {
      readonly why: null;
      /** What the server gets, without its own name. */
      readonly args: readonly Word[];
      /** The variables that the command line sets. */
      readonly environment: ReadonlyMap<string, Word>;
    }
  | { readonly why: string };

const shells = /^(?:r?ba|da|z|k|mk|a|c|tc|fi|pw)?sh$|^busybox$/;
/** They start what they please, as whom they please, with an environment of their own. */
const wrappers = new Set(
  "sudo doas su runuser setpriv chroot unshare nsenter systemd-run systemctl docker podman nerdctl docker-compose kubectl ssh screen tmux script xargs watch parallel flock timeout ionice stdbuf chrt taskset strace firejail bwrap flatpak snap make npm npx pnpm yarn bunx uvx poetry pipenv pm2 direnv dotenv dotenvx op sops doppler infisical chamber".split(
    " ",
  ),
);
/** They hand over words and environment as they are, as long as they get no option. */
const transparent = new Set(["nohup", "setsid", "nice", "time", "tini", "dumb-init", "exec"]);
const scriptName = /\.(?:sh|bash|zsh|ksh|fish|py|pl|rb|[cm]?[jt]s|command)$/i;
const assignment = /^([A-Za-z_]\w*)=(.*)$/s;

/**
 * Finds the server in a command line: behind `env`, `nohup` and the like, and in no shell. What is
 * not known to hand its words on as they are hides the server.
 */
export function readCommand(words: readonly Word[], program: ServerProgram): CommandReading {
  const environment = new Map<string, Word>();
  let rest = words;
  for (;;) {
    const [first, ...others] = rest;
    if (first === undefined) return { why: "no program of the server is in it" };
    if (first.text === null) return { why: `its program is ${first.raw}` };
    const name = basename(first.text);
    if (shells.test(name)) return { why: `${name} puts the command together` };
    if (wrappers.has(name)) return { why: `${name} starts the server` };
    if (name === "env") {
      const next = takeAssignments(others, environment);
      if (next === null) return { why: "env gets options" };
      rest = next;
    } else if (transparent.has(name)) {
      rest = others[0]?.text === "--" ? others.slice(1) : others;
      if (isOption(rest[0])) return { why: `${name} gets options` };
    } else if (name === "uv" && others[0]?.text === "run" && !isOption(others[1])) {
      rest = others.slice(1);
    } else if (/^python[\d.]*$/.test(name) && program.modules !== undefined) {
      const args = findModule(others, program.modules);
      if (args === null) return { why: `${name} starts something else than the server` };
      return { why: null, args, environment };
    } else if (scriptName.test(name) || program.isShellScript?.(first.text) === true) {
      return { why: `${first.text} is a script` };
    } else if (!program.isServer(name)) {
      return { why: `${first.text} is not known to be the server` };
    } else {
      return { why: null, args: others, environment };
    }
  }
}

function isOption(word: Word | undefined): boolean {
  return word?.text?.startsWith("-") === true;
}

/** What follows the assignments of `env`; null for its options, which may clear or fill the environment. */
function takeAssignments(
  words: readonly Word[],
  environment: Map<string, Word>,
): readonly Word[] | null {
  const start = words[0]?.text === "--" ? 1 : 0;
  for (const [at, word] of words.entries()) {
    if (at < start) continue;
    if (isOption(word)) return null;
    const [, name, value] = assignment.exec(word.text ?? word.raw) ?? [];
    if (name === undefined || value === undefined) return words.slice(at);
    const whole = /^\$(?:\{([A-Za-z_]\w*)\})$/.exec(word.raw.slice(name.length + 1))?.[1];
    environment.set(name, {
      text: word.text === null ? null : value,
      variable: whole ?? null,
      raw: word.raw,
    });
  }
  return [];
}

/** The words behind `-m MODULE`; null for another module, and for what is no module. */
function findModule(words: readonly Word[], modules: readonly string[]): readonly Word[] | null {
  const at = words.findIndex(({ text }) => text === null || !/^-[uBOsIE]+$/.test(text));
  const name = words[at + 1]?.text ?? "";
  return words[at]?.text === "-m" && modules.includes(name) ? words.slice(at + 2) : null;
}

/** Words that stand for themselves, as a shell has handed them over. */
export function plainWords(words: readonly string[]): readonly Word[] {
  return words.map((text) => ({ text, variable: null, raw: text }));
}
