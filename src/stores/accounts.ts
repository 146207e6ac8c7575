import type { Machine } from "../machine.js";

/**
 * A user's name from the password file, or the number where there is none (as in containers, and
 * for people on macOS, whom that file does not list).
 */
export function userName(uid: number, machine: Machine): string {
  if (uid === machine.user.uid) return machine.user.name;
  return findEntry("/etc/passwd", 2, uid, machine)?.[0] ?? String(uid);
}

/** A user as `sudo -u` takes it: a number wants a `#`, which a shell would take for a comment. */
export function sudoUser(uid: number, machine: Machine): string {
  const name = userName(uid, machine);
  return /^[A-Za-z_][\w.-]*\$?$/u.test(name) ? name : `'#${uid}'`;
}

/** A group's name, or its number. */
export function groupName(gid: number, machine: Machine): string {
  return findEntry("/etc/group", 2, gid, machine)?.[0] ?? String(gid);
}

/** The group that a user's own files get; null when the user is not listed. */
export function primaryGroup(uid: number, machine: Machine): number | null {
  if (uid === machine.user.uid) return machine.user.gid;
  const gid = findEntry("/etc/passwd", 2, uid, machine)?.[3];
  return gid === undefined ? null : Number(gid);
}

/** A user's home folder by the password file; null when the user is not listed. */
export function homeOfUser(uid: number, machine: Machine): string | null {
  return findEntry("/etc/passwd", 2, uid, machine)?.[5] || null;
}

function findEntry(
  file: string,
  column: number,
  id: number,
  machine: Machine,
): readonly string[] | undefined {
  let text: string;
  try {
    text = machine.fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const entries = text.split("\n").map((line) => line.split(":"));
  return entries.find((fields) => fields[column] === String(id));
}
