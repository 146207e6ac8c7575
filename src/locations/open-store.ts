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
 * const lock = acquireLock(location.path, machine);
 * try { store.write(store.edit(key), key, lock); } finally { lock.release(); }
 */
export async function openStore(location: FileLocation, machine: Machine): Promise<Store> {
  const { path } = location;
  const format = await loadFormat(location, machine);
  return {
    location,
    read: () => readLocation(location, format, machine),
    edit: (value) => format.edit(findFile(path, machine).bytes, value),
    write(edit, value, lock) {
      if (!lock.isHeld || lock.target !== findFile(path, machine).target) {
        throw new TypeError(`${path} is not locked by that lock`);
      }
      return writeFileSafely(path, edit, machine, (bytes) => format.read(bytes).value === value);
    },
  };
}
