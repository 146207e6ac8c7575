import { findUser, userName } from "../core/accounts.js";
import type { Machine } from "../core/machine.js";
import type { KeyResolution } from "../locations/resolve-key.js";
import { findHolders, listListenersOf } from "../processes/holders.js";
import {
  lookAtProcess,
  readFolder,
  readOwner,
  readUnitName,
  sharesNamespaces,
} from "../processes/process.js";
import { listListeners, type Socket } from "../processes/socket-table.js";
import { compareValue, compareVariable, type VariableState } from "../processes/variable.js";
import { readRunning } from "../processes/words.js";
import type { Launch, System } from "../systems/contract/system.js";
import { readServerFlags, type ServerFlags } from "./flags.js";

/** What is seen of a running server. Nothing in it is a key. */
export type LiveLook =
  /** Nobody listens where the server would, or nothing tells. */
  | { readonly kind: "none" }
  /** Somebody does who cannot be looked into. */
  | { readonly kind: "hidden"; readonly port: number; readonly why: string }
  | ({ readonly kind: "seen" } & LiveProcess);

/** The process that holds a listening socket, and what it was started with. */
export interface LiveProcess {
  readonly pid: number;
  /** Every process that holds the socket: the workers of a server, the first is {@link pid}. */
  readonly pids: readonly number[];
  readonly port: number;
  /** Where it listens, by the kernel's word. */
  readonly addresses: readonly string[];
  /** What shows that it is the system's server; null where nothing does. */
  readonly shownBy: "pid-file" | "unit" | "command" | null;
  /** The folder that it works in; null where that cannot be told. */
  readonly folder: string | null;
  readonly flags: ServerFlags;
  /** How the key that it was started with stands to the one that counts by its files. */
  readonly key: VariableState;
  /** Whether {@link key} is that of its option, which beats the variable. */
  readonly keyByFlag: boolean;
}

/** What a look goes by. */
export interface LookOptions {
  readonly system: System;
  readonly machine: Machine;
  readonly launch: Launch;
  readonly resolution: KeyResolution;
  /** Where the server would listen; null where that is not known. */
  readonly port: number | null;
}

/**
 * Looks for the running server by who holds the listening socket: that of the process in its pid
 * file, else of its port. Linux alone tells. A process of another user, or in other namespaces, is
 * not looked into, and one that is replaced meanwhile counts for nothing.
 */
export function lookAtServer(options: LookOptions): LiveLook {
  const { system, machine, launch } = options;
  if (machine.platform !== "linux") return { kind: "none" };
  const named = system.findPid?.(machine, launch) ?? null;
  const own = named === null ? null : listListenersOf(named, machine);
  const listeners = own?.length ? pickPort(own, options.port) : listenersAt(options);
  const [first] = listeners;
  if (first === undefined) return { kind: "none" };
  const { port } = first;
  const holders = findHolders(new Set(listeners.map(({ socket }) => socket)), machine);
  const seen = (holders?.pids ?? []).flatMap((pid) => lookInto(pid, named, options) ?? []);
  const [process] = seen.toSorted((one, other) => Number(!one.shownBy) - Number(!other.shownBy));
  if (process === undefined) {
    const why = explainHidden(port, listeners, holders?.pids ?? [], machine);
    return { kind: "hidden", port, why };
  }
  return {
    ...process,
    kind: "seen",
    port,
    pids: seen.map(({ pid }) => pid),
    addresses: [...new Set(listeners.map(({ address }) => address))].sort(),
    key: joinStates(seen.map(({ key }) => key)),
  };
}

/** The process, where it is surely the system's server; null otherwise. */
export function seenServer(live: LiveLook): LiveProcess | null {
  return live.kind === "seen" && live.shownBy !== null ? live : null;
}

/** A server may have a port for its page beside: the one that is expected, else the first. */
function pickPort(listeners: readonly Socket[], expected: number | null): readonly Socket[] {
  const port = listeners.some((each) => each.port === expected) ? expected : listeners[0]?.port;
  return listeners.filter((each) => each.port === port);
}

function listenersAt({ machine, port }: LookOptions): readonly Socket[] {
  return port === null ? [] : (listListeners(machine, port) ?? []);
}

type Seen = Omit<LiveProcess, "port" | "addresses" | "pids">;

function lookInto(pid: number, named: number | null, options: LookOptions): Seen | null {
  const { system, machine, resolution } = options;
  return lookAtProcess(pid, machine, () => {
    if (sharesNamespaces(pid, machine) !== true) return null;
    const words = readRunning(pid, machine);
    const reading = words && readServerFlags(words, system.running);
    const unit = system.running.unit;
    const shownBy =
      pid === named
        ? "pid-file"
        : unit !== null && readUnitName(pid, machine) === unit
          ? "unit"
          : reading
            ? "command"
            : null;
    const flags = reading ?? { host: null, port: null, key: null, off: null };
    const byFlag = flags.key?.();
    const trimmed = system.trimsKey === true;
    return {
      pid,
      shownBy,
      folder: readFolder(pid, machine),
      flags,
      keyByFlag: byFlag !== undefined,
      key: !mayCompare(pid, options)
        ? "unseen"
        : byFlag === undefined
          ? compareVariable(pid, system.variable, resolution.key, machine, trimmed)
          : compareValue(byFlag, resolution.key, trimmed),
    };
  });
}

/**
 * The caller's own processes; for root those, too, of the user who owns the key's file, and of the
 * unit's: it is they whose key it is.
 */
function mayCompare(pid: number, { system, machine, resolution }: LookOptions): boolean {
  const uid = readOwner(pid, machine);
  if (uid === null) return false;
  if (uid === machine.user.uid) return true;
  if (machine.user.uid !== 0) return false;
  const user = system.serviceUser?.(machine) ?? null;
  if (user !== null && findUser(user, machine)?.uid === uid) return true;
  return user === String(uid) || resolution.effective?.reading.owner?.uid === uid;
}

/** One worker with another key is enough. */
function joinStates(states: readonly VariableState[]): VariableState {
  const order: readonly VariableState[] = ["different", "empty", "same", "absent", "unseen"];
  return order.find((state) => states.includes(state)) ?? "unseen";
}

function explainHidden(
  port: number,
  listeners: readonly Socket[],
  holders: readonly number[],
  machine: Machine,
): string {
  const who = `who listens on port ${port}`;
  if (holders.length > 0)
    return `${who}, process ${holders.join(", ")}, has other namespaces or ended`;
  const others = [...new Set(listeners.map(({ uid }) => uid))].filter(
    (uid) => uid !== machine.user.uid,
  );
  if (others.length === 0 || machine.user.uid === 0) return `${who} cannot be seen`;
  const names = others.map((uid) => userName(uid, machine)).join(" and ");
  return `${who} is a process of ${names}, which this user cannot look into`;
}
