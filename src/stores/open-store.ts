import { KeywardError } from "../errors.js";
import type { Machine } from "../machine.js";
import type { EnvFileLocation, FileLocation, TomlLocation } from "../systems/system.js";
import { findFile } from "./file-checks.js";
import { writeFileSafely } from "./safe-write.js";
import { type Edit, noFile, type Reading, type Store } from "./store.js";

/** The rules of one kind of file, on bytes alone. */
interface Format {
  read(bytes: Buffer): Pick<Reading, "value" | "line" | "duplicates">;
  edit(bytes: Buffer | null, value: string | null): Edit;
}

/**
 * Opens the store of one location. Nothing is read yet; what the file's format needs is loaded.
 *
 * @example
 * const store = await openStore(location, machine);
 * store.read().value;
 */
export async function openStore(location: FileLocation, machine: Machine): Promise<Store> {
  const { path } = location;
  const format = location.kind === "toml" ? await tomlFormat(location) : await envFormat(location);
  return {
    location,
    read() {
      const { bytes, facts } = findFile(path, machine);
      if (bytes === null || facts === null) return noFile;
      const { mode, uid, gid } = facts;
      const found = withPath(path, () => format.read(bytes));
      return { exists: true, ...found, mode, owner: { uid, gid }, bytes };
    },
    edit: (value) => withPath(path, () => format.edit(findFile(path, machine).bytes, value)),
    write: (edit, value) =>
      writeFileSafely(path, edit, machine, (bytes) => format.read(bytes).value === value),
  };
}

async function envFormat({ variable, dialects }: EnvFileLocation): Promise<Format> {
  const { readEnv, editEnv } = await import("./env-file.js");
  return {
    read(bytes) {
      const readings = dialects.map((dialect) => readEnv(bytes, variable, dialect));
      // A reader that finds nothing leaves the word to the next.
      return readings.find(({ value }) => value !== null) ?? readings[0]!;
    },
    edit: (bytes, value) => editEnv(bytes, variable, value, dialects),
  };
}

async function tomlFormat({ keyPath, type }: TomlLocation): Promise<Format> {
  const { readToml, editToml } = await import("./toml.js");
  return {
    read: (bytes) => readToml(bytes, keyPath, type),
    edit: (bytes, value) => editToml(bytes, keyPath, value),
  };
}

/** The readers know the file's bytes, and only this module its path. */
function withPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    throw new KeywardError(error.code, `${path}: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}
