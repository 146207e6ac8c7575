import type { RawFinding } from "../../core/finding.js";
import { aboutServer, type Hint } from "../../core/hint.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { showHost } from "../../hosts/spelling.js";
import type { LiveProcess } from "../../live/look.js";
import { resolveSetting } from "../../locations/resolve-key.js";
import type { Subject } from "../subject.js";

/** What the running server has that its files do not say: another key, none, another address. */
export async function findStaleServer(subject: Subject): Promise<RawFinding[]> {
  const { live } = subject;
  if (live.kind !== "seen") return [];
  return [
    ...judgeSwitch(live, subject),
    ...judgeKey(live, subject),
    ...(await judgeHost(live, subject)),
  ];
}

function judgeSwitch({ flags, pid }: LiveProcess, { resolution }: Subject): RawFinding[] {
  if (flags.off === null || resolution.switchedOffBy !== null) return [];
  const message = `the running server (process ${pid}) asks for no key, by its ${flags.off}`;
  const fix = `start it again without ${flags.off}`;
  return [{ id: "switched-off", severity: "error", message, fix }];
}

/** That a variable is absent proves nothing: a server may take it from elsewhere, or remove it. */
function judgeKey(process: LiveProcess, subject: Subject): RawFinding[] {
  const { system, resolution } = subject;
  const { key, keyByFlag } = process;
  if (resolution.unseen !== null || process.flags.off !== null) return [];
  const who = nameProcess(process);
  const what = keyByFlag ? (system.running.keyFlags[0] ?? "") : system.variable;
  const at = resolution.effective === null ? {} : { location: resolution.effective.name };
  const fix = adviseRestart(process, subject);
  if (key === "empty" && resolution.key !== null && system.emptyMeans !== "look-further") {
    const isOff = system.emptyMeans === "off";
    const means = isOff ? "lets everybody in" : "has a key of its own";
    const message = `${who} ${means}: its ${what} is empty`;
    return [{ id: "stale-server", severity: isOff ? "error" : "warning", message, fix, ...at }];
  }
  if (key !== "different") return [];
  const message =
    resolution.key === null
      ? `${who} has a key in its ${what}, and ${placeOf(subject)} has none: it is gone with the next restart`
      : `${who} has another key than ${placeOf(subject)}: restart it`;
  return [{ id: "stale-server", severity: "warning", message, fix, ...at }];
}

function nameProcess({ pid, port, shownBy }: LiveProcess): string {
  return shownBy === null
    ? `process ${pid}, which listens on port ${port},`
    : `the running server (process ${pid})`;
}

function placeOf({ resolution: { effective }, system }: Subject): string {
  if (effective === null) return `what ${system.title} would read`;
  const { location, name } = effective;
  return location.kind === "environment" ? `${location.variable} of this shell` : name;
}

/** What restarts this very process: a unit restarts no process of a shell's. */
function adviseRestart({ shownBy }: LiveProcess, subject: Subject): Hint {
  const { system, machine, launch } = subject;
  const plan = system.restart(machine, launch);
  const isIts = launch === "service" ? shownBy === "unit" : shownBy === "pid-file";
  const again = aboutServer("auth probe");
  if (plan === null || !isIts) return ["restart it as it was started, then: ", again];
  const words = [...(plan.needsRoot && machine.user.uid !== 0 ? ["sudo"] : []), plan.program];
  return [`${quoteForShell([...words, ...plan.args])} && `, again];
}

const everywhere = new Set(["0.0.0.0", "::", "::ffff:0.0.0.0"]);
const ownHosts: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0": [...everywhere],
  "::": [...everywhere],
  "": [...everywhere],
  "*": [...everywhere],
  localhost: ["127.0.0.1", "::1", "::ffff:127.0.0.1"],
  "127.0.0.1": ["127.0.0.1", "::ffff:127.0.0.1"],
};

/** Only what the numbers tell: a name may have any address. */
async function judgeHost(process: LiveProcess, subject: Subject): Promise<RawFinding[]> {
  const { system, machine, launch } = subject;
  const { addresses, flags, pid, port, shownBy } = process;
  if (shownBy === null || subject.urls.length > 0) return [];
  const { value, source } = await resolveSetting(system.network.host, machine, launch);
  if (value === null) return [];
  const expected = Object.hasOwn(ownHosts, value) ? ownHosts[value] : [value];
  const isNumber = Object.hasOwn(ownHosts, value) || /^[\d.]+$|:/.test(value);
  if (!isNumber || addresses.some((address) => expected?.includes(address))) return [];
  const by = flags.host === null ? "" : `, by its ${system.running.hostFlags[0] ?? "--host"}`;
  const where = addresses.map((address) => showHost(address)).join(" and ");
  const message = `the running server (process ${pid}) listens on ${where}, port ${port}${by}; its files say ${showHost(value)}, by ${source ?? "its own default"}`;
  return [{ id: "listens-elsewhere", severity: "info", message, fix: null }];
}
