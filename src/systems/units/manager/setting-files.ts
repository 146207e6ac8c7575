import { constants } from "node:fs";

import { systemErrorCode } from "../../../core/errors.js";
import type { Machine } from "../../../core/machine.js";
import { dialectTable } from "../../../formats/env/dialects/index.js";
import type { EnvFileLocation, Location, UnseenLocation } from "../../contract/system.js";
import { unreadable } from "../find-unit.js";

/** A file of plain lines, or what is too much of a puzzle; nothing where it does not set the variable. */
export function readPlainFile(path: string, variable: string, machine: Machine): Location[] {
  const bytes = readStart(path, machine);
  if (bytes?.includes(variable) !== true) return [];
  const values = dialectTable.systemd.map((reader) =>
    reader.scan(bytes, variable).findLast(({ name }) => name === variable),
  );
  const [last] = values;
  if (values.every((each) => each === undefined)) return [];
  const isPlain = values.every((each) => each !== undefined && each.value === last?.value);
  if (!isPlain || /[$#"'\\]/.test(last?.value ?? "$")) {
    const line = values.find((each) => each !== undefined)?.first ?? null;
    const why = `the value of ${variable} there is put together from others, or has quotes or a #`;
    const hint = `write the value itself there: ${variable}=…`;
    return [{ kind: "unseen", path, line, variable, why, named: true, hint }];
  }
  const file: EnvFileLocation = {
    kind: "env-file",
    path,
    variable,
    dialects: ["systemd"],
    writable: false,
  };
  return [file];
}

/** Files that hold the variable's name, in a language that keyward does not read. */
export function findMentions(
  files: readonly string[],
  variable: string,
  machine: Machine,
  what: string,
): UnseenLocation[] {
  const isNamed = new RegExp(`(?<!\\w)${variable}(?!\\w)`);
  return files.flatMap((path): UnseenLocation[] => {
    const bytes = readStart(path, machine)?.toString("latin1") ?? "";
    const text = bytes.replaceAll(/^[ \t]*#(?!!).*$/gm, "");
    const at = text.search(isNamed);
    if (at === -1) return [];
    const line = text.includes("\0") ? null : text.slice(0, at).split("\n").length;
    const why = `it ${what}`;
    const hint = `remove ${variable} from ${path}, or set it in an EnvironmentFile= of the unit`;
    return [{ kind: "unseen", path, line, variable, why, named: true, hint }];
  });
}

const mostBytes = 1 << 20;
/** The kernel's own files say that they have no size. */
const pageSize = 4096;

/** The beginning of a file; null where there is none. */
export function readStart(path: string, { fs }: Machine): Buffer | null {
  try {
    const fd = fs.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(Math.min(mostBytes, fs.fstatSync(fd).size || pageSize));
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, null));
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemErrorCode(error) ?? "")) return null;
    throw unreadable(path, error);
  }
}
