import { mayHideKey } from "../../keys/looks-like-key.js";
import type { Machine } from "../../core/machine.js";
import { listListenersOf } from "../../processes/holders.js";
import { lookAtProcess } from "../../processes/process.js";
import { readRunning } from "../../processes/words.js";
import { plainWords, readCommand, type ServerProgram } from "../contract/command-line.js";
import type { LiveServer } from "../contract/system.js";

/**
 * The server whose pid file has its process id alone, and where the kernel says that it listens. Null
 * where the kernel does not tell, where that process is not the server, since its number may be
 * another one's by now, and where it listens on several ports.
 */
export function seeListener(
  locatePidFile: () => string | null,
  program: ServerProgram,
  machine: Machine,
): LiveServer | null {
  const found = machine.platform === "linux" ? readNumber(locatePidFile, machine) : null;
  if (found === null) return null;
  const { path, pid } = found;
  const listeners = lookAtProcess(pid, machine, () => {
    const running = readRunning(pid, machine);
    if (running === null) return [];
    const { why } = readCommand(plainWords([running.program, ...running.args]), program);
    return why === null ? (listListenersOf(pid, machine) ?? []) : [];
  });
  const [port, ...others] = new Set((listeners ?? []).map((each) => each.port));
  if (port === undefined || others.length > 0) return null;
  const host = findWidest((listeners ?? []).map(({ address }) => address));
  return host === null || mayHideKey(host) ? null : { pid, port, host, source: path };
}

function readNumber(
  locatePidFile: () => string | null,
  { fs }: Machine,
): { readonly path: string; readonly pid: number } | null {
  try {
    const path = locatePidFile();
    const text = path === null ? "" : fs.readFileSync(path, "utf8").trim();
    return path !== null && /^[1-9]\d{0,9}$/.test(text) ? { path, pid: Number(text) } : null;
  } catch {
    // That its folder is not known is for those to say who read its other files.
    return null;
  }
}

/** Of several addresses the one that most can reach is the one that has to be safe. */
function findWidest(addresses: readonly string[]): string | null {
  const isAll = (address: string) => /^(?:::ffff:)?0\.0\.0\.0$|^::$/.test(address);
  const isLocal = (address: string) => /^(?:::ffff:)?127\.|^::1$/.test(address);
  return addresses.find(isAll) ?? addresses.find((each) => !isLocal(each)) ?? addresses[0] ?? null;
}
