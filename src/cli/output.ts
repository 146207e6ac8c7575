import type { Hint } from "../core/hint.js";
import { hideKeys } from "../keys/looks-like-key.js";
import type { Context, Output } from "./context.js";

/** The name that the program was called by. */
export type ProgramName = "keyward" | "jarvis" | "jean2";

/** The system that a name stands for; `keyward` stands for all. */
export const programSystems: Readonly<Record<ProgramName, "jean2" | "openjarvis" | undefined>> = {
  keyward: undefined,
  jarvis: "openjarvis",
  jean2: "jean2",
};

/**
 * Where a command's words go. The answer goes to standard output, alone; everything else goes to
 * standard error as `name: message`. With `--json` the answer is one object and there is no prose.
 */
export interface Reporter {
  readonly json: boolean;
  /** The answer, for people; not written with `--json`. */
  answer(text: string): void;
  /**
   * The answer, for programs; written only with `--json`. Its shape is a type beside the command, and
   * has to be named.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it is to be named
  answerJson<Json extends object = never>(value: NoInfer<Json>): void;
  note(text: string): void;
  warn(text: string): void;
  /** What to do next, spelled. */
  hint(hint: Hint): void;
  /** A hint as this call's caller would type it: about the same server, under the same name. */
  readonly spell: (hint: Hint) => string;
  /** Has the hints that follow spelled so: it has turned out which server the call is about. */
  spellWith(spell: (hint: Hint) => string): void;
  /** Steps and requests, with `--debug`; never a key. */
  debug(text: string): void;
}

/** Names and paths may be anybody's: control characters are shown, since a terminal would obey them. */
export function showPlainly(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Whether a flag is in a command line, which may be what fails to parse. */
export function hasFlag(argv: readonly string[], flag: "--json" | "--debug"): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes(flag);
}

export function createReporter(
  name: ProgramName,
  context: Context,
  options: { json?: boolean | undefined; debug?: boolean | undefined },
  initialSpell: (hint: Hint) => string,
): Reporter {
  const json = options.json === true;
  const say = (text: string) => {
    // Nothing that is said beside the answer has a key in it; should one slip in, it ends here.
    if (!json) context.stderr.write(`${name}: ${showPlainly(hideKeys(text))}\n`);
  };
  let spell = initialSpell;
  return {
    json,
    answer: (text) => {
      if (!json) context.stdout.write(`${text}\n`);
    },
    answerJson: (value) => {
      if (json) context.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: say,
    warn: (text) => say(`warning: ${text}`),
    hint: (hint) => say(`hint: ${spell(hint)}`),
    spell: (hint) => spell(hint),
    spellWith: (better) => {
      spell = better;
    },
    debug: (text) => {
      if (options.debug === true)
        context.stderr.write(`${name}: debug: ${showPlainly(hideKeys(text))}\n`);
    },
  };
}

/** Colours by meaning; plain text where nobody looks or NO_COLOR is set. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly caution: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

const plain: Paint = {
  good: String,
  bad: String,
  caution: String,
  dim: String,
  strong: String,
};

/** Chalk is loaded only when somebody will see its colours. */
export async function loadPaint(context: Context, output: Output): Promise<Paint> {
  const { NO_COLOR: none, TERM: terminal } = context.env;
  if ((none !== undefined && none !== "") || terminal === "dumb" || !output.isTerminal) {
    return plain;
  }
  const { Chalk } = await import("chalk");
  const { green, red, yellow, dim, bold } = new Chalk({ level: 1 });
  return { good: green, bad: red, caution: yellow, dim, strong: bold };
}
