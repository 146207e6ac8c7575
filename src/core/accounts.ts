import type { Machine } from "./machine.js";

/** A user, as the password file lists one. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  /** The group that the user's own files get. */
  readonly gid: number;
  readonly home: string;
}

type Reading = Pick<Machine, "fs">;

/**
 * Looks a user up in the password file. People on macOS are not in it, and in containers many a
 * number is not.
 *
 * @param who a number, or a name or number in digits, as `User=` of a unit takes it
 */
export function findUser(who: number | string, machine: Reading): Account | null {
  const entry = readTable("/etc/passwd", machine).find(
    ([name, , uid]) => uid === String(who) || name === who,
  );
  if (entry === undefined) return null;
  const [name = "", , uid, gid, , home = ""] = entry;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** A user's name, or the number where there is none. */
export function userName(uid: number, machine: Machine): string {
  if (uid === machine.user.uid) return machine.user.name;
  return findUser(uid, machine)?.name ?? String(uid);
}

/** A user as `sudo -u` takes it: a number wants a `#`, which a shell would take for a comment. */
export function sudoUser(uid: number, machine: Machine): string {
  const name = userName(uid, machine);
  return /^[A-Za-z_][\w.-]*\$?$/u.test(name) ? name : `'#${uid}'`;
}

/** The group that a user's own files get; null when the user is not listed. */
export function primaryGroup(uid: number, machine: Machine): number | null {
  if (uid === machine.user.uid) return machine.user.gid;
  return findUser(uid, machine)?.gid ?? null;
}

/** A user's home folder; null when the user is not listed. */
export function homeOfUser(who: number | string, machine: Reading): string | null {
  return findUser(who, machine)?.home || null;
}

/** A group's name, or its number. */
export function groupName(gid: number, machine: Reading): string {
  return findGroup(gid, machine)?.[0] ?? String(gid);
}

/** Whether a user is in a group, be it as the user's own or as one of its members. */
export function isInGroup(account: Account, gid: number, machine: Reading): boolean {
  if (account.gid === gid) return true;
  return findGroup(gid, machine)?.[3]?.split(",").includes(account.name) ?? false;
}

function findGroup(gid: number, machine: Reading): readonly string[] | undefined {
  return readTable("/etc/group", machine).find(([, , id]) => id === String(gid));
}

/** What cannot be read says nothing: a container may hide it. */
function readTable(path: string, { fs }: Reading): readonly (readonly string[])[] {
  try {
    const text = fs.readFileSync(path, "utf8");
    return text.split("\n").map((line) => line.split(":"));
  } catch {
    return [];
  }
}
