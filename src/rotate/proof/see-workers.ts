import type { Machine } from "../../core/machine.js";
import { listSocketsOf } from "../../processes/holders.js";
import { readProcess } from "../../processes/process.js";
import { listListeners } from "../../processes/socket-table.js";
import { listPids, readRunning } from "../../processes/words.js";

/** A process of a server. */
export interface Worker {
  readonly pid: number;
  /** The process and its start: another one may get its number. */
  readonly id: string;
  readonly parent: number | null;
}

/** What one look at the processes of this machine shows of a server. */
export interface Sighting {
  /** Who holds a socket that the server listens with; null where they cannot all be seen. */
  readonly listening: readonly Worker[] | null;
  /** Who holds the server's end of a connection, by our port. */
  readonly holding: ReadonlyMap<number, readonly Worker[]>;
  /** The parents of all processes. */
  readonly parents: ReadonlySet<number>;
}

/** Where connections go, and where they come from. */
export interface Looked {
  /** The address and port that were connected to. */
  readonly address: string;
  readonly port: number;
  /** The server's ends of connections that stand, and our own ports of these. */
  readonly accepted: ReadonlyMap<number, number>;
}

/**
 * Programs that pass a connection on to a server behind them, whose workers are then not seen: what
 * publishes a container's port, and proxies.
 */
const forwarders =
  /^(?:docker-proxy|rootlesskit|rootlessport|slirp4netns|pasta|passt|gvproxy|conmon|nginx|caddy|haproxy|traefik|envoy|apache2|httpd|ssh|sshd|socat|systemd-socket-proxyd)$/;

/** Looks who serves a port of this machine; nothing is seen elsewhere than on Linux. */
export function lookForWorkers({ address, port, accepted }: Looked, machine: Machine): Sighting {
  const pids = listPids(machine);
  const listeners = findListeners(address, port, machine);
  if (pids === null || listeners === null) {
    return { listening: null, holding: new Map(), parents: new Set() };
  }
  const sockets = new Set([...listeners.map(({ socket }) => socket), ...accepted.keys()]);
  const holders = new Map<number, Worker[]>();
  const parents = new Set<number>();
  const hidden: (number | null)[] = [];
  for (const pid of pids) {
    const parent = readParent(pid, machine);
    if (parent !== null) parents.add(parent);
    const held = listSocketsOf(pid, machine);
    if (held === null) hidden.push(parent);
    const wanted = [...(held ?? [])].filter((socket) => sockets.has(socket));
    const worker = wanted.length === 0 ? null : describeProcess(pid, parent, machine);
    if (worker === null) continue;
    for (const socket of wanted) holders.set(socket, [...(holders.get(socket) ?? []), worker]);
  }
  const holding = new Map(
    [...accepted].map(([socket, localPort]) => [localPort, holders.get(socket) ?? []]),
  );
  const found = listeners.map(({ socket }) => holders.get(socket) ?? []);
  const listening = [...new Map(found.flat().map((one) => [one.id, one])).values()];
  const isWhole =
    found.length > 0 &&
    found.every((each) => each.length > 0) &&
    // What another user's program listens with, processes that are not shown may hold as well.
    listeners.every(({ uid }) => machine.user.uid === 0 || uid === machine.user.uid) &&
    listening.every(({ pid }) => !hidden.includes(pid) && !isForwarder(pid, machine));
  return { listening: isWhole ? listening : null, holding, parents };
}

/** A process by its number; null for one that has ended. */
export function describeProcess(
  pid: number,
  parent: number | null,
  machine: Machine,
): Worker | null {
  const facts = readProcess(pid, machine);
  if (facts === null || facts.isZombie) return null;
  return { pid, id: `${pid} ${facts.started}`, parent };
}

/** The processes that a process has started, and that live. */
export function listChildren(parent: number, machine: Machine): readonly Worker[] {
  return (listPids(machine) ?? [])
    .filter((pid) => readParent(pid, machine) === parent)
    .flatMap((pid) => describeProcess(pid, parent, machine) ?? []);
}

/** The sockets that a connection to this address arrives at: those with just that address, else with all. */
function findListeners(address: string, port: number, machine: Machine) {
  const listeners = listListeners(machine, port);
  if (listeners === null || address.startsWith("/")) return null;
  const ipv4 = address.replace(/^::ffff:/i, "");
  const orders = address.includes(".")
    ? [[ipv4], ["0.0.0.0"], [`::ffff:${ipv4}`], ["::ffff:0.0.0.0"], ["::"]]
    : [[address], ["::"]];
  return (
    orders
      .map((order) => listeners.filter((one) => order.includes(one.address)))
      .find((some) => some.length > 0) ?? []
  );
}

/** The sockets of the server's ends of our connections, with our own ports. */
export function findAccepted(
  port: number,
  localPorts: readonly number[],
  { fs }: Machine,
): Map<number, number> {
  const found = new Map<number, number>();
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  // Of a table that may have thousands of rows, read at once; its columns: number, local, remote.
  const ours = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:([0-9A-F]{4}) .*$`, "gm");
  for (const path of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const [row, remote = ""] of readTable(path, fs).matchAll(ours)) {
      const localPort = Number.parseInt(remote, 16);
      const socket = Number(row.trim().split(/\s+/)[9]);
      if (socket !== 0 && localPorts.includes(localPort)) found.set(socket, localPort);
    }
  }
  return found;
}

function readTable(path: string, fs: Machine["fs"]): string {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    // Not told, as in some containers, or without IPv6.
    return "";
  }
}

function readParent(pid: number, { fs }: Machine): number | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the name, which may itself hold blanks and brackets: state, parent.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

function isForwarder(pid: number, machine: Machine): boolean {
  return forwarders.test(readRunning(pid, machine)?.program ?? "");
}
