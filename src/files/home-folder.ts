import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { mayHideKey } from "../keys/looks-like-key.js";

/**
 * The home folder, from HOME alone, as the servers find theirs.
 *
 * @throws KeywardError `no-home` when HOME is unset, empty or not an absolute path, and as
 *   {@link readForPath}
 */
export function homeFolder(machine: Machine): string {
  const home = readForPath(machine.env, "HOME");
  if (home === undefined || home === "") {
    throw new KeywardError("no-home", "HOME is not set, so the home folder is unknown", {
      hint: 'set it, for example: HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"',
    });
  }
  if (!home.startsWith("/")) {
    throw new KeywardError("no-home", `HOME is not an absolute path: ${home}`, {
      hint: "set HOME to the full path of your home folder",
    });
  }
  return home;
}

/**
 * A variable that becomes a path, or a part of one: paths are shown, and kept in other files.
 *
 * @throws KeywardError `malformed` for a value that may hold a key, as a line of a unit with two
 *   assignments in one pair of quotes makes it; the message does not repeat it
 */
export function readForPath(env: Machine["env"], name: string): string | undefined {
  const value = env[name];
  if (value === undefined || !mayHideKey(value)) return value;
  throw new KeywardError("malformed", `${name} holds what looks like a key, where a path belongs`, {
    hint: `set ${name} to the path alone, and the key, if it is one, in a variable of its own`,
  });
}
