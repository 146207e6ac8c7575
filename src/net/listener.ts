import { findUser, isInGroup } from "../core/accounts.js";
import { KeywardError } from "../core/errors.js";
import type { FileSystem, Machine } from "../core/machine.js";
import { readListeners, type TableReader } from "../processes/socket-table.js";

/** Whose process may get the key on this machine. */
export interface ListenerPolicy {
  /** Owner, group and permission bits of the key's file; null when the key is in no file. */
  readonly keyFile: { readonly uid: number; readonly gid: number; readonly mode: number } | null;
  /** The `User=` of the system's active unit, by name or number; null without one. */
  readonly unitUser: string | null;
}

const readableByGroup = 0o040;

/**
 * Refuses a loopback listener of somebody who could not read the key anyway: whoever comes first
 * may take a port above 1023 and wait for the key. Elsewhere than on Linux, and where the kernel
 * does not tell who listens, nothing is refused.
 *
 * @throws KeywardError `target-refused`, naming the user
 */
export function judgeListener(
  machine: Machine,
  address: string,
  port: number,
  policy: ListenerPolicy,
): void {
  const isUnixSocket = address.startsWith("/");
  if (machine.platform !== "linux" && !isUnixSocket) return;
  const uid = isUnixSocket
    ? findSocketOwner(machine.fs, address)
    : findListener(machine.fs, address, port);
  const place = isUnixSocket ? `at ${address}` : `on port ${port}`;
  if (uid === null) {
    // Who answered and does not listen any more hides, and may be back before the key is there.
    if (!isUnixSocket && !machine.fs.existsSync("/proc/net/tcp")) return;
    throw new KeywardError("target-refused", `nobody is seen to listen ${place} any more`, {
      hint: "try again; if that is the server you mean, add --force",
    });
  }
  if (mayRead(uid, machine, policy)) return;
  const name = findUser(uid, machine)?.name ?? `uid ${uid}`;
  throw new KeywardError("target-refused", `the server ${place} belongs to ${name}`, {
    hint: "if that is the server you mean, add --force",
  });
}

/** A link is its owner's choice, wherever it leads; null for what is no socket. */
function findSocketOwner(fs: FileSystem, path: string): number | null {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSocket() === true ? stats.uid : null;
}

/**
 * The user who listens where a connection to this loopback address arrives; null when the kernel
 * tells of none. The first that fits is the only one: two users cannot share a port, not even one
 * with an address of its own and one with all.
 */
export function findListener(fs: TableReader, address: string, port: number): number | null {
  const ipv4 = /^(?:::ffff:)?((?:\d+\.){3}\d+)$/i.exec(address)?.[1];
  if (ipv4 === undefined) return searchTable(fs, "/proc/net/tcp6", port, ["::1", "::"]);
  return (
    searchTable(fs, "/proc/net/tcp", port, [ipv4, "0.0.0.0"]) ??
    searchTable(fs, "/proc/net/tcp6", port, [`::ffff:${ipv4}`, "::ffff:0.0.0.0", "::"])
  );
}

function searchTable(
  fs: TableReader,
  path: string,
  port: number,
  addresses: readonly string[],
): number | null {
  for (const { address, uid } of readListeners(fs, path, port)) {
    if (addresses.includes(address)) return uid;
  }
  return null;
}

function mayRead(uid: number, machine: Machine, policy: ListenerPolicy): boolean {
  const { keyFile, unitUser } = policy;
  if (uid === 0 || uid === (keyFile?.uid ?? machine.user.uid)) return true;
  const account = findUser(uid, machine);
  if (unitUser !== null && (unitUser === String(uid) || unitUser === account?.name)) return true;
  if (account === null || keyFile === null || (keyFile.mode & readableByGroup) === 0) return false;
  return isInGroup(account, keyFile.gid, machine);
}
