import { basename, extname } from "node:path";

import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import { findDotenvLines } from "./dialects/dotenv.js";

const envDirFile = "a file of an envdir, which holds the value of one variable";

/** What a file is by its name alone, whatever stands in it now. */
const kindsByName: Readonly<Record<string, string>> = {
  ".json": "JSON",
  ".json5": "JSON",
  ".jsonc": "JSON",
  ".yaml": "YAML",
  ".yml": "YAML",
  ".toml": "TOML",
  ".ini": "an INI file",
  ".xml": "XML",
  ".plist": "XML",
  ".pem": "PEM",
  ".service": "a systemd unit, with the variables behind Environment=",
};

const supervisorFile = "a configuration of supervisord, with the variables behind environment=";
const supervisor =
  /^(?:\[(?:program|supervisord?|group|include|inet_http_server|unix_http_server|eventlistener|fcgi-program)[:\]]|environment\s*=\s*[A-Za-z_]\w*\s*=)/;

/** What a file is by the text that it begins with, comments passed over. */
const kindsByStart: readonly (readonly [RegExp, string])[] = [
  [/^\{/, "JSON"],
  [/^\[(?:Unit|Service|Install)\]/, "a systemd unit, with the variables behind Environment="],
  [/^\[\s*(?:["'{[\]\d-]|$)/, "JSON"],
  [/^\[/, "a file with [sections], as INI and TOML have them"],
  [/^<[!?A-Za-z]/, "XML or HTML"],
  [/^(?:---|%YAML)(?:\s|$)/, "YAML"],
  [/^-----BEGIN /, "PEM"],
];

/**
 * Refuses to write a line `VARIABLE=value` into a file of another kind: whoever reads that would
 * not find the key there, and perhaps not start any more. A missing or empty file is fine, unless
 * its name says otherwise.
 *
 * @throws KeywardError `malformed`, without the file's path
 */
export function refuseOtherKind(
  bytes: Buffer | null,
  { path, variable }: { readonly path: string; readonly variable: string },
): void {
  const kind =
    kindsByName[extname(path).toLowerCase()] ?? recogniseKind(bytes, variable, basename(path));
  if (kind === null) return;
  throw new KeywardError(
    "malformed",
    `it looks like ${kind}, not like an env file of NAME=value lines`,
    {
      hint: [
        "name with --file the env file that the server reads; or enter a key there by hand, from: ",
        aboutServer("auth generate-key"),
      ],
    },
  );
}

/**
 * As {@link refuseOtherKind}, for what is surely no env file: where such a file does not set the
 * variable, that tells nothing of the server.
 *
 * @throws KeywardError `malformed`, without the file's path
 */
export function refuseSureKind(
  bytes: Buffer,
  location: { readonly path: string; readonly variable: string },
): void {
  const isSure =
    Object.hasOwn(kindsByName, extname(location.path).toLowerCase()) ||
    findKindByStart(listLines(decode(bytes))) !== null;
  if (isSure) refuseOtherKind(bytes, location);
}

function decode(bytes: Buffer | null): string {
  return bytes?.toString("utf8").replace(/^\uFEFF/, "") ?? "";
}

function findKindByStart(lines: readonly string[]): string | null {
  const [first] = lines;
  if (first === undefined) return null;
  if (lines.some((line) => supervisor.test(line))) return supervisorFile;
  return kindsByStart.find(([start]) => start.test(first))?.[1] ?? null;
}

/** UTF-16 and binary files are left to the editor, which refuses them for every reader. */
function recogniseKind(bytes: Buffer | null, variable: string, name: string): string | null {
  const text = decode(bytes);
  if (text.includes("\0") || text.startsWith("\uFFFD")) return null;
  const lines = listLines(text);
  const [first] = lines;
  if (first === undefined) return null;
  const kind = findKindByStart(lines);
  if (kind !== null) return kind;
  if (name === variable && lines.length === 1 && !isAbout(first, variable)) return envDirFile;
  const isLone = lines.length === 1 && !isAbout(first, variable);
  if (isLone && looksLikeKey(first)) return "a file that holds a key alone";
  const counted = lines.filter((line) => !isBareName(line, variable));
  const assignments = counted.filter((line) => isAbout(line, variable) || isAssignment(line));
  const others = counted.length - assignments.length;
  if (others <= assignments.length) return null;
  if (counted.length === 1) return "a file that holds a key alone";
  const yaml = counted.filter((line) => /^(?:- )?[\w."'-]+:(?:\s|$)/.test(line));
  return yaml.length * 2 > others ? "YAML" : "text";
}

/** The lines that say something; a quoted value of several lines is one with its name. */
function listLines(text: string): string[] {
  const all = text.split(/\r\n|\n|\r/);
  const inside = new Set<number>();
  for (const { first, last } of findDotenvLines(text)) {
    if (!isAssignment(all[first - 1]?.trim() ?? "")) continue;
    for (let line = first + 1; line <= last; line += 1) inside.add(line);
  }
  return all
    .filter((_, index) => !inside.has(index + 1))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:#|;|\/\/|\/\*|\*)/.test(line));
}

function isAssignment(line: string): boolean {
  return /^(?:export\s+)?[A-Za-z_][\w.-]*\s*=/.test(line);
}

/** A failed attempt to set this variable, as `KEY: value` is, can be fixed. */
function isAbout(line: string, variable: string): boolean {
  const rest = line.replace(/^export\s+/, "");
  return rest.startsWith(variable) && /^\s*(?:[=:]|$)/.test(rest.slice(variable.length));
}

/** A name alone takes the value from the environment, in docker's files and compose's. */
function isBareName(line: string, variable: string): boolean {
  const name = line.replace(/^export\s+/, "");
  if (name === variable) return true;
  return /^[A-Z][A-Z0-9_]*$/.test(name) && (name.includes("_") || name.length < 16);
}

/** The `=` at the end of base64 assigns nothing. */
function looksLikeKey(line: string): boolean {
  return /^[A-Za-z0-9+/]{22,}={1,2}$/.test(line) && !/^[A-Z_]+=$/.test(line);
}
