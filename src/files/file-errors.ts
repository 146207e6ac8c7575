import { KeywardError, systemErrorCode } from "../core/errors.js";

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk reports an error",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "it is gone",
  ENOSPC: "the disk is full",
  ENOTDIR: "one of its folders is not a folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

const FORBIDDEN = new Set(["EACCES", "EPERM", "EROFS"]);

/**
 * A failed system call as a KeywardError that names the file: `unreadable` for a read; for a write
 * `unwritable` when it is not allowed and `write-failed` when it is but did not work. A KeywardError
 * stays what it is.
 */
export function fileError(error: unknown, doing: "read" | "write", path: string): KeywardError {
  if (error instanceof KeywardError) return error;
  const call = systemErrorCode(error);
  const why = describeFailure(error);
  if (doing === "read") {
    const isForbidden = call === "EACCES" || call === "EPERM";
    return new KeywardError("unreadable", `cannot read ${path}: ${why}`, {
      ...(isForbidden && { hint: "run it as a user who may read it, or with sudo" }),
      cause: error,
    });
  }
  const code = call !== undefined && FORBIDDEN.has(call) ? "unwritable" : "write-failed";
  return new KeywardError(code, `cannot write ${path}: ${why}`, { cause: error });
}

/** Why a system call failed, in words. Never node's own message, which may name a temporary file. */
export function describeFailure(error: unknown): string {
  if (error instanceof KeywardError) return error.message;
  const code = systemErrorCode(error);
  return code === undefined ? "unexpected failure" : (CAUSES[code] ?? code);
}

/** Another program wrote to the file after it was read, so that the edit no longer fits. */
export function changedMeanwhile(target: string): KeywardError {
  return new KeywardError(
    "changed-meanwhile",
    `${target} was changed by another program between reading and writing; it was left alone`,
    { hint: "try again" },
  );
}
