import { endianness } from "node:os";

import { KeywardError } from "../errors.js";
import type { FileSystem, Machine } from "../machine.js";

/** Whose process may get the key on this machine. */
export interface ListenerPolicy {
  /** Owner, group and permission bits of the key's file; null when the key is in no file. */
  readonly keyFile: { readonly uid: number; readonly gid: number; readonly mode: number } | null;
  /** The `User=` of the system's active unit, by name or number; null without one. */
  readonly unitUser: string | null;
}

const listening = "0A";
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
  if (machine.platform !== "linux") return;
  for (const uid of findListeners(machine.fs, address, port)) {
    if (mayRead(uid, machine, policy)) continue;
    const name = findUser(machine.fs, uid)?.name ?? `uid ${uid}`;
    throw new KeywardError("target-refused", `the server on port ${port} belongs to ${name}`, {
      hint: "if that is the server you mean, add --force",
    });
  }
}

/**
 * The users who listen where a connection to this loopback address arrives: those bound to the very
 * address, else those bound to all of them.
 */
export function findListeners(
  fs: Pick<FileSystem, "readFileSync">,
  address: string,
  port: number,
): number[] {
  const open = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => readTable(fs, path, port));
  const ipv4 = /^(?:::ffff:)?((?:\d+\.){3}\d+)$/i.exec(address)?.[1];
  const [own, all] =
    ipv4 === undefined
      ? [["::1"], ["::"]]
      : [
          [ipv4, `::ffff:${ipv4}`],
          ["0.0.0.0", "::ffff:0.0.0.0", "::"],
        ];
  const exact = open.filter((row) => own.includes(row.address));
  const found = exact.length > 0 ? exact : open.filter((row) => all.includes(row.address));
  return [...new Set(found.map((row) => row.uid))];
}

interface Row {
  readonly address: string;
  readonly uid: number;
}

/** The kernel's table: number, local and remote address, state, queues, timers, retransmits, user. */
function readTable(fs: Pick<FileSystem, "readFileSync">, path: string, port: number): Row[] {
  const [, ...lines] = readText(fs, path).split("\n");
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , uid] = line.trim().split(/\s+/);
    const [address = "", hexPort = ""] = local.split(":");
    if (state !== listening || Number.parseInt(hexPort, 16) !== port) return [];
    return [{ address: decodeAddress(address), uid: Number(uid) }];
  });
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

function mayRead(uid: number, { fs, user }: Machine, policy: ListenerPolicy): boolean {
  const { keyFile, unitUser } = policy;
  if (uid === 0 || uid === (keyFile?.uid ?? user.uid)) return true;
  const account = findUser(fs, uid);
  if (unitUser !== null && (unitUser === String(uid) || unitUser === account?.name)) return true;
  if (keyFile === null || (keyFile.mode & readableByGroup) === 0) return false;
  return account?.gid === keyFile.gid || isMember(fs, account?.name, keyFile.gid);
}

interface Account {
  readonly name: string;
  readonly gid: number;
}

function findUser(fs: FileSystem, uid: number): Account | undefined {
  return readText(fs, "/etc/passwd")
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , id]) => id === String(uid))
    .map(([name = "", , , gid]) => ({ name, gid: Number(gid) }))[0];
}

function isMember(fs: FileSystem, name: string | undefined, gid: number): boolean {
  return readText(fs, "/etc/group")
    .split("\n")
    .map((line) => line.split(":"))
    .some(([, , id, members]) => id === String(gid) && members?.split(",").includes(name ?? ""));
}

/** What cannot be read says nothing: a container may hide it. */
function readText(fs: Pick<FileSystem, "readFileSync">, path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
