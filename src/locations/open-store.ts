import type { Machine } from "../core/machine.js";
import type { FileLocation } from "../systems/contract/system.js";
import { findFile } from "../files/file-checks.js";
import { loadFormat, readLocation } from "./read-location.js";
import { writeFileSafely } from "../files/safe-write.js";
import type { Store } from "./store.js";

/**
 * Opens the store of one location. Nothing is read yet; what the file's format needs is loaded.
 *
 * @example
 * const store = await openStore(location, machine);
 * store.read().value;
 */
export async function openStore(location: FileLocation, machine: Machine): Promise<Store> {
  const { path } = location;
  const format = await loadFormat(location, machine);
  return {
    location,
    read: () => readLocation(location, format, machine),
    edit: (value) => format.edit(findFile(path, machine).bytes, value),
    write: (edit, value) =>
      writeFileSafely(path, edit, machine, (bytes) => format.read(bytes).value === value),
  };
}
