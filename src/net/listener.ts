import { endianness } from "node:os";

import { findUser, isInGroup } from "../core/accounts.js";
import { KeywardError } from "../core/errors.js";
import type { FileSystem, Machine } from "../core/machine.js";

/** Whose process may get the key on this machine. */
export interface ListenerPolicy {
  /** Owner, group and permission bits of the key's file; null when the key is in no file. */
  readonly keyFile: { readonly uid: number; readonly gid: number; readonly mode: number } | null;
  /** The `User=` of the system's active unit, by name or number; null without one. */
  readonly unitUser: string | null;
}

const listening = "0A";
const rowLength = 150;
const readableByGroup = 0o040;
const mappedPrefix = "00000000000000000000ffff";

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

/** A socket that somebody listens with. */
export interface Listener {
  /** As numbers; one that is neither loopback nor everything, in the kernel's own hex digits. */
  readonly address: string;
  readonly uid: number;
  /** The kernel's number of the socket: another process's is another. */
  readonly socket: number;
}

/** Everybody who listens on a port, whatever the address; null where the kernel does not tell. */
export function listListeners({ fs, platform }: Machine, port: number): Listener[] | null {
  if (platform !== "linux" || !fs.existsSync("/proc/net/tcp")) return null;
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => [...readListeners(fs, path, port)]);
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

/** A row has number, local and remote address, state, queues, timers, retransmits, user, timeout and socket. */
function* readListeners(fs: TableReader, path: string, port: number): Generator<Listener> {
  for (const line of readLines(fs, path)) {
    const [, local = "", , state, , , , uid, , socket] = line.trim().split(/\s+/);
    const [address = "", hexPort = ""] = local.split(":");
    if (state === "st") continue;
    if (state !== listening) return;
    if (Number.parseInt(hexPort, 16) !== port) continue;
    yield { address: decodeAddress(address), uid: Number(uid), socket: Number(socket) };
  }
}

type TableReader = Pick<FileSystem, "openSync" | "readSync" | "closeSync">;

/**
 * The rows of a kernel's table, read a few at a time: those who listen come first, and to read the
 * rest takes the kernel longer than a whole probe.
 */
function* readLines(fs: TableReader, path: string): Generator<string> {
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch {
    // Not told, as in some containers.
    return;
  }
  try {
    const chunk = Buffer.alloc(rowLength);
    let rest = "";
    for (let length; (length = fs.readSync(fd, chunk)) > 0;) {
      const lines = (rest + chunk.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Only what loopback listeners can be bound to is told apart; any other address stays as it is. */
function decodeAddress(kernel: string): string {
  // It is printed as words of 32 bits in the machine's own order.
  const bytes = Buffer.from(kernel, "hex");
  if (endianness() === "LE") bytes.swap32();
  if (bytes.length === 4) return [...bytes].join(".");
  const text = bytes.toString("hex");
  if (text === "0".repeat(32)) return "::";
  if (text === `${"0".repeat(31)}1`) return "::1";
  return text.startsWith(mappedPrefix) ? `::ffff:${[...bytes.subarray(12)].join(".")}` : kernel;
}

function mayRead(uid: number, machine: Machine, policy: ListenerPolicy): boolean {
  const { keyFile, unitUser } = policy;
  if (uid === 0 || uid === (keyFile?.uid ?? machine.user.uid)) return true;
  const account = findUser(uid, machine);
  if (unitUser !== null && (unitUser === String(uid) || unitUser === account?.name)) return true;
  if (account === null || keyFile === null || (keyFile.mode & readableByGroup) === 0) return false;
  return isInGroup(account, keyFile.gid, machine);
}
