import { constants } from "node:fs";

import type { Machine } from "../../core/machine.js";
import { refuseForRoot } from "../../files/file-checks.js";
import { fileError } from "../../files/file-errors.js";
import { walkPath } from "../../files/walk-path.js";

/**
 * Gives a file or folder other permission bits, symbolic links followed.
 *
 * @throws KeywardError `foreign-folder` for root on the path of another user, `unwritable`
 */
export function setMode(path: string, mode: number, machine: Machine): void {
  const { fs, user } = machine;
  const walk = walkPath(path, machine);
  if (user.uid === 0) refuseForRoot(walk, machine);
  try {
    // By what was opened, so that nothing else can take its place meanwhile.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = fs.openSync(walk.target, flags);
    try {
      fs.fchmodSync(fd, mode);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, "write", walk.target);
  }
}
