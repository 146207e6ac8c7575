import { join } from "node:path";

import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import type { EnvFileLocation, FileLocation, TomlLocation } from "../systems/contract/system.js";
import { findFile } from "../files/file-checks.js";
import { readOwnedFile } from "../files/read-owned.js";
import { refuseBinary } from "../formats/env/env-lines.js";
import { refuseOtherKind, refuseSureKind } from "../formats/env/other-kind.js";
import type { DialectName } from "../formats/env/dialects/names.js";
import { noFile, type Reading } from "./store.js";
import { type Edit } from "../files/edit.js";

/** The rules of one location's file, on bytes alone. */
export interface Format {
  /** @throws KeywardError `malformed`, naming the file */
  read(bytes: Buffer): Pick<Reading, "value" | "line" | "duplicates" | "doubt">;
  /** @throws KeywardError `malformed` or `unspeakable`, naming the file */
  edit(bytes: Buffer | null, value: string | null): Edit;
}

/** Loads the format of a location's file: what another kind of file needs is not loaded. */
export async function loadFormat(location: FileLocation, machine: Machine): Promise<Format> {
  const format =
    location.kind === "toml" ? await tomlFormat(location) : await envFormat(location, machine);
  return {
    read: (bytes) => namePath(location.path, () => format.read(bytes)),
    edit: (bytes, value) => namePath(location.path, () => format.edit(bytes, value)),
  };
}

/**
 * Reads a location as its server does.
 *
 * @throws KeywardError `unreadable`, `not-a-file`, `not-found` for a symbolic link to nothing, or
 *   what the format refuses
 */
export function readLocation(location: FileLocation, format: Format, machine: Machine): Reading {
  const ownedBy = location.kind === "env-file" ? location.ownedBy : undefined;
  refuseEnvDir(location, machine);
  const { bytes, facts } =
    ownedBy === undefined
      ? findFile(location.path, machine)
      : readOwnedFile(location.path, ownedBy, machine);
  if (bytes === null || facts === null) return noFile;
  const { mode, uid, gid } = facts;
  return { exists: true, ...format.read(bytes), mode, owner: { uid, gid }, bytes };
}

/** daemontools and runit take variables from a folder with a file for each. */
function refuseEnvDir({ path, variable }: FileLocation, { fs }: Machine): void {
  if (variable === undefined) return;
  const file = join(path, variable);
  // Where the path is a file, as it should be, nothing is below it.
  if (!fs.existsSync(file)) return;
  const hint = `write a key into ${file} by hand, from: keyward auth generate-key`;
  throw new KeywardError(
    "not-a-file",
    `${path} is an envdir, a folder with a file for each variable`,
    { hint },
  );
}

async function envFormat(location: EnvFileLocation, { env }: Machine): Promise<Format> {
  const { variable, dialects, heirs = [] } = location;
  const { readEnv, editEnv } = await import("../formats/env/env-file.js");
  const { findDoubt } = await import("../formats/env/env-doubt.js");
  const readBy = (bytes: Buffer, dialect: DialectName) => {
    const doubt = findDoubt(bytes, variable, dialect, env);
    return { ...readEnv(bytes, variable, dialect, env), ...(doubt !== null && { doubt }) };
  };
  const read = (bytes: Buffer) => {
    const [first, ...others] = dialects;
    const reading = readBy(bytes, first);
    // A reader that finds nothing leaves the word to the next.
    for (const dialect of reading.value === null ? others : []) {
      const next = readBy(bytes, dialect);
      if (next.value !== null) return next;
    }
    return reading;
  };
  return {
    read(bytes) {
      try {
        const reading = read(bytes);
        if (reading.value === null) refuseSureKind(bytes, location);
        return reading;
      } catch (error) {
        // A reader that refuses the whole file names a line, where the file itself is the mistake.
        refuseBinary(bytes);
        refuseOtherKind(bytes, location);
        throw error;
      }
    },
    edit(bytes, value) {
      refuseOtherKind(bytes, location);
      return editEnv(bytes, variable, value, [...dialects, ...heirs]);
    },
  };
}

async function tomlFormat({ keyPath, type }: TomlLocation): Promise<Format> {
  const { readToml, editToml } = await import("../formats/toml/toml.js");
  const [table, name = ""] = keyPath;
  if (table === "*") {
    const { readAnyTable } = await import("../formats/toml/toml-any-table.js");
    return {
      read: (bytes) => readAnyTable(bytes, name),
      edit() {
        throw new TypeError("a value of any table is only read");
      },
    };
  }
  return {
    read: (bytes) => readToml(bytes, keyPath, type),
    edit: (bytes, value) => editToml(bytes, keyPath, value),
  };
}

/** The formats know bytes; a person needs to know the file. */
export function namePath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    throw new KeywardError(error.code, `${path}: ${error.message}`, {
      ...(error.advice !== undefined && { hint: error.advice }),
      cause: error,
    });
  }
}
