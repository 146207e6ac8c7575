import { basename, dirname, join, resolve } from "node:path";

import { systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { fileError } from "../files/file-errors.js";
import type { EnvFileLocation, Location, UnseenLocation } from "../systems/contract/system.js";

const fileNames = ["compose", "docker-compose"].flatMap((stem) =>
  ["", ".override"].flatMap((middle) => ["yaml", "yml"].map((end) => `${stem}${middle}.${end}`)),
);

/**
 * What the compose files beside an env file put over it: `environment:` wins over every `env_file:`,
 * and a later `env_file:` over an earlier one. The file's lines are looked at, not the whole of its
 * YAML.
 *
 * @throws KeywardError `unreadable`
 */
export function composeLocations(path: string, variable: string, machine: Machine): Location[] {
  const folder = dirname(path);
  return fileNames.flatMap((name): Location[] => {
    const file = join(folder, name);
    const text = readText(file, machine);
    if (text === null) return [];
    const lines = readLines(text);
    const named = lines.filter(({ body }) => body.includes(basename(path)));
    const services = new Set(named.map(({ service }) => service));
    const mine = lines.filter(
      ({ service }) => services.size === 0 || service === null || services.has(service),
    );
    return [
      ...mine.flatMap((line) => judgeLine(line, { file, path, variable })),
      ...listLaterFiles(mine, path).map((later): EnvFileLocation => {
        return { kind: "env-file", path: later, variable, dialects: ["compose"], writable: false };
      }),
    ];
  });
}

interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its comment and the blanks at its ends. */
  readonly body: string;
  readonly indent: number;
  /** The service that it is about; null for what is about all of them. */
  readonly service: string | null;
}

function readLines(text: string): readonly Line[] {
  let isInServices = false;
  let depth = 0;
  let service: string | null = null;
  return text.split("\n").flatMap((raw, index) => {
    const body = raw.replace(/(?:^|\s)#.*$/, "").trim();
    if (body === "") return [];
    const indent = raw.search(/\S/);
    if (indent === 0) {
      isInServices = /^["']?services["']?\s*:/.test(body);
      depth = 0;
      service = null;
    } else if (isInServices && (depth === 0 || indent === depth)) {
      depth = indent;
      service = body;
    }
    return [{ number: index + 1, body, indent, service }];
  });
}

/** What a line says of the variable, where it sets one of that name. */
function judgeLine(
  { number, body }: Line,
  { file, path, variable }: { readonly file: string; readonly path: string; variable: string },
): UnseenLocation[] {
  const name = new RegExp(
    `(?:^|[\\s"',[]|(?<!\\$)\\{)${variable}(?=["']?\\s*(?:[:=,}\\]]|$))`,
  ).exec(body);
  if (name === null) return [];
  const after = body.slice(name.index + name[0].length);
  // A name alone, or with nothing behind its colon, is handed on.
  const isHandedOn = /^["']?\s*(?::\s*(?:null|~)?\s*)?(?:$|[,}\]])/.test(after);
  const reference = `\\$(?:${variable}(?!\\w)|\\{${variable}(?::?[-?][^}]*)?\\})`;
  const isReference = new RegExp(`^["']?\\s*[:=]\\s*["']?${reference}["']?\\s*(?:$|[,}\\]])`);
  const isFromOutside = isHandedOn || isReference.test(after);
  const dotEnv = join(dirname(path), ".env");
  if (isFromOutside && path === dotEnv) return [];
  const place = { kind: "unseen", path: file, line: number, variable } as const;
  if (isFromOutside) {
    const why = `environment: wins over env_file:, and takes ${variable} from the shell or from ${dotEnv}`;
    const hint = `remove line ${number} of ${file}, or keep the key in ${dotEnv}`;
    return [{ ...place, why, named: false, hint }];
  }
  const why = `environment: wins over env_file:, and sets ${variable} to a value of its own`;
  return [{ ...place, why, named: true, hint: `remove line ${number} of ${file}` }];
}

/** The files that `env_file:` names behind this one, the one that wins first. */
function listLaterFiles(lines: readonly Line[], path: string): readonly string[] {
  const start = lines.findIndex(({ body }) => /^["']?env_file["']?\s*:/.test(body));
  const head = lines[start];
  if (head === undefined) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(
    ({ body, indent }) => indent < head.indent || (indent === head.indent && !body.startsWith("-")),
  );
  const items = end === -1 ? rest : rest.slice(0, end);
  const inline = /\[(.*)\]/.exec(head.body)?.[1]?.split(",") ?? [];
  const files = [...inline, ...items.map(({ body }) => body)].flatMap((text) => {
    const file = text.replace(/^[-\s]*(?:path\s*:\s*)?/, "").replaceAll(/^["']|["']$/g, "");
    return /^\w+\s*:/.test(file) ? [] : [resolve(dirname(path), file)];
  });
  const at = files.lastIndexOf(path);
  return at === -1 ? [] : files.slice(at + 1).reverse();
}

function readText(file: string, { fs }: Machine): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return null;
    throw fileError(error, "read", file);
  }
}
