/**
 * - `error` someone can get in, or the key is lost
 * - `warning` mend it
 * - `info` built into the server
 */
export type Severity = "error" | "warning" | "info";

/** Something that the owner of a key should know. Never holds a key. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it, a command where there is one; null where nothing can be done. */
  readonly fix: string | null;
  /** The file that it is about, an absolute path, or `env:NAME`; absent where it is about no place. */
  readonly location?: string;
}
