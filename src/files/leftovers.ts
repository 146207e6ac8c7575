import { randomBytes } from "node:crypto";
import * as nodePath from "node:path";

import { KeywardError, systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { findFile, type WritableFile } from "./file-checks.js";
import { removeQuietly } from "./file-steps.js";
import { quoteForShell } from "../core/shell-quote.js";

/**
 * A name beside a file that nobody can guess, and by which keyward knows its own again:
 * `tmp` is a file on its way into place, `bak` the old bytes while a file is written in place.
 */
export function nameBeside(target: string, kind: "tmp" | "bak"): string {
  const { dir, base } = nodePath.parse(target);
  return nodePath.join(dir, `.${base}.keyward-${randomBytes(6).toString("hex")}.${kind}`);
}

/** What a process that was killed left beside a file: paths of the names that {@link nameBeside} gives. */
export function findLeftovers(target: string, kind: "tmp" | "bak", machine: Machine): string[] {
  const { dir, base } = nodePath.parse(target);
  const start = `.${base}.keyward-`;
  const ours = namesIn(dir, machine).filter(
    (name) =>
      name.startsWith(start) && /^[0-9a-f]{12}\.(?:tmp|bak)$/u.test(name.slice(start.length)),
  );
  return ours
    .filter((name) => name.endsWith(kind))
    .map((name) => nodePath.join(dir, name))
    .filter((path) => isOwn(path, machine));
}

/** In a folder that others write to, such names prove nothing. */
function isOwn(path: string, { fs, user }: Machine): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.uid === user.uid;
}

/** The names in a folder; none where it may be written to but not listed. */
export function namesIn(folder: string, machine: Machine): string[] {
  try {
    return machine.fs.readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "EACCES") return [];
    throw error;
  }
}

/**
 * Clears away what a killed keyward left beside a file. A copy of old bytes goes only when the file
 * has those bytes. Only the holder of the file's lock may do this.
 */
export function clearLeftovers(target: string, machine: Machine): void {
  for (const path of findLeftovers(target, "tmp", machine)) removeQuietly(path, machine);
  const backups = findLeftovers(target, "bak", machine);
  if (backups.length === 0) return;
  const { bytes } = findFile(target, machine);
  for (const backup of backups) {
    if (sameBytes(findFile(backup, machine).bytes, bytes)) removeQuietly(backup, machine);
  }
}

/**
 * Copies of old bytes that are of no more use once the file has `after`.
 *
 * @throws KeywardError `changed-meanwhile` when there is one with other bytes: writing in place was
 *   cut off, nobody knows where, and the copy is all that is whole
 */
export function findSpentBackups(file: WritableFile, after: Buffer, machine: Machine): string[] {
  if (file.missingFolders.length > 0) return [];
  const backups = findLeftovers(file.target, "bak", machine);
  for (const backup of backups) {
    const { bytes } = findFile(backup, machine);
    if (sameBytes(bytes, file.bytes) || sameBytes(bytes, after)) continue;
    throw new KeywardError(
      "changed-meanwhile",
      `an earlier write to ${file.target} was cut off; ${backup} holds what was there before it`,
      {
        hint: `put it back: ${quoteForShell(["cp", backup, file.target])} && ${quoteForShell(["rm", backup])}`,
      },
    );
  }
  return backups;
}

/** Whether two files hold the same; null is no file. */
export function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
