import type { Edit, Written } from "../files/edit.js";
import type { Doubt } from "../formats/env/env-doubt.js";
import type { Lock } from "../files/lock.js";
import type { FileLocation } from "../systems/contract/system.js";

/** What the server would read from a location now. */
export interface Reading {
  /** Whether the file is there. */
  readonly exists: boolean;
  /** The value as the server gets it; `""` is set but empty, null is not set. */
  readonly value: string | null;
  /** The line that the value stands on, from 1; null where there is none. */
  readonly line: number | null;
  /** Other lines that assign the same variable, from 1; absent where that cannot be. */
  readonly duplicates?: readonly number[];
  /** Why the value cannot be told after all; absent where it can. */
  readonly doubt?: Doubt;
  /** Permission bits, `0o600`; null without a file. */
  readonly mode: number | null;
  /** Owner, group and number of links; null without a file. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** The file's own bytes, to notice a change between reading and writing; null without a file. */
  readonly bytes: Buffer | null;
}

/** Reads and writes one location, by the rules of the program that reads it. */
export interface Store {
  readonly location: FileLocation;
  read(): Reading;
  /**
   * Works out the change that sets the key, or with null removes it. Nothing is written.
   *
   * @throws KeywardError `unspeakable` when no spelling carries the value through the reader,
   *   `malformed` when the file cannot be edited without guessing
   */
  edit(value: string | null): Edit;
  /**
   * Writes an edit safely and reads it back by the reader's own rules; on any failure the file has
   * its old bytes.
   *
   * @param lock of this very file, from `acquireLock`
   * @throws TypeError for a lock of another file, or one that was released
   */
  write(edit: Edit, value: string | null, lock: Lock): Written;
}

/** What is read where there is no file. */
export const noFile: Reading = {
  exists: false,
  value: null,
  line: null,
  mode: null,
  owner: null,
  bytes: null,
};
