import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { userName } from "../../core/accounts.js";
import { findFile, type FoundFile } from "../../files/file-checks.js";
import { settingsFile } from "./settings-file.js";
import { parseSettings } from "./settings-format.js";
import { noSettings, type Settings } from "./settings-shape.js";

/**
 * Reads the settings. The file is never touched: one that is not understood stays for its owner to
 * look at.
 *
 * Reading is ours and writing is conf's (settings-write.ts): conf takes longer to load than a whole
 * command may take, and would obey a file that anybody can write.
 *
 * @throws KeywardError `untrusted` when somebody else may have written it, `malformed`, `unreadable`,
 *   `not-a-file`, `not-found` for a symbolic link to nothing
 */
export function readSettings(machine: Machine): Settings {
  const file = findFile(settingsFile(machine), machine);
  if (file.bytes === null) return noSettings;
  refuseForeign(file, machine);
  return parseSettings(file.bytes, file.target);
}

/**
 * A named server's restart command is run, and its address is sent a key: whoever writes the file
 * decides both. The file's own owner and mode are enough to know who that can be, since nobody can
 * make a file that belongs to this user or to root.
 */
function refuseForeign({ target, facts }: FoundFile, machine: Machine): void {
  if (facts === null) return;
  const { uid } = machine.user;
  const file = quoteForShell([target]);
  const refuse = (who: string, hint: string): never => {
    const message = `${target} ${who}, who could have keyward run anything`;
    throw new KeywardError("untrusted", message, { hint });
  };
  if (facts.uid !== uid && facts.uid !== 0) {
    const owner = userName(facts.uid, machine);
    refuse(
      `belongs to ${owner}`,
      `if you trust what it says: ${quoteForShell(["chown", String(uid), file])}`,
    );
  }
  if ((facts.mode & 0o022) !== 0) {
    const who = (facts.mode & 0o002) !== 0 ? "anybody" : "its group";
    refuse(
      `may be written by ${who}`,
      `look at what it says, then: ${quoteForShell(["chmod", "600", file])}`,
    );
  }
}
