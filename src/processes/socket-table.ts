import { endianness } from "node:os";

import type { FileSystem, Machine } from "../core/machine.js";

/** A socket of the kernel's TCP tables. */
export interface Socket {
  /** As numbers. */
  readonly address: string;
  readonly port: number;
  /** The other end's; 0 for a listener. */
  readonly remotePort: number;
  readonly listens: boolean;
  readonly uid: number;
  /** The kernel's number of the socket: another process's is another. */
  readonly socket: number;
}

const listening = "0A";
const rowLength = 150;
const mappedPrefix = "00000000000000000000ffff";
const tables = ["/proc/net/tcp", "/proc/net/tcp6"];

/**
 * Everybody who listens, on a port or on any, whatever the address; null where the kernel does not
 * tell.
 */
export function listListeners({ fs, platform }: Machine, port?: number): Socket[] | null {
  if (platform !== "linux" || !fs.existsSync("/proc/net/tcp")) return null;
  return tables.flatMap((path) => [...readListeners(fs, path, port)]);
}

/** Those who listen come first in a table: the rest, which may be long, is not read. */
export function* readListeners(fs: TableReader, path: string, port?: number): Generator<Socket> {
  for (const row of readSockets(fs, path)) {
    if (!row.listens) return;
    if (port === undefined || row.port === port) yield row;
  }
}

/** A row has number, local and remote address, state, queues, timers, retransmits, user, timeout and socket. */
export function* readSockets(fs: TableReader, path: string): Generator<Socket> {
  for (const line of readLines(fs, path)) {
    const fields = line.trim().split(/\s+/);
    const [, local = "", remote = "", state, , , , uid, , socket] = fields;
    if (state === "st" || socket === undefined) continue;
    const [address = "", port = ""] = local.split(":");
    yield {
      address: decodeAddress(address),
      port: Number.parseInt(port, 16),
      remotePort: Number.parseInt(remote.split(":")[1] ?? "", 16),
      listens: state === listening,
      uid: Number(uid),
      socket: Number(socket),
    };
  }
}

/** What reading a table takes. */
export type TableReader = Pick<FileSystem, "openSync" | "readSync" | "closeSync">;

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

function decodeAddress(kernel: string): string {
  // It is printed as words of 32 bits in the machine's own order.
  const bytes = Buffer.from(kernel, "hex");
  if (endianness() === "LE") bytes.swap32();
  if (bytes.length === 4) return [...bytes].join(".");
  const text = bytes.toString("hex");
  if (text === "0".repeat(32)) return "::";
  if (text === `${"0".repeat(31)}1`) return "::1";
  if (text.startsWith(mappedPrefix)) return `::ffff:${[...bytes.subarray(12)].join(".")}`;
  const groups = text.match(/.{4}/g)?.join(":") ?? "";
  return URL.canParse(`http://[${groups}]`)
    ? new URL(`http://[${groups}]`).hostname.slice(1, -1)
    : kernel;
}
