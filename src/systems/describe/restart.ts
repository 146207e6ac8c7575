import type { RestartDescription, SystemDescription } from "../contract/description.js";
import type { LiveServer, RestartPlan } from "../contract/system.js";
import { type About, locateFile } from "./files.js";
import { isStalePidFile } from "./pid-file.js";
import { nameUnit, scopeOf } from "./service.js";

/** The command that brings a changed key into force; null where only whoever started it can. */
export function planRestart(
  restart: RestartDescription | null,
  about: About,
  live: LiveServer | null,
): RestartPlan | null {
  if (restart === null) return null;
  return restart.by === "unit" ? restartUnit(about) : runCommand(restart, about, live);
}

function restartUnit({ description, machine }: About): RestartPlan {
  const { service } = description;
  if (service === undefined) throw new TypeError(`${description.title} has no service`);
  const isUsers = scopeOf(service, machine) === "user";
  const scope = isUsers ? ["--user"] : [];
  return {
    program: "systemctl",
    args: [...scope, "restart", service.unit],
    needsRoot: !isUsers,
    knows: {
      args: [...scope, "is-active", "--quiet", service.unit],
      unit: nameUnit(service),
    },
    listens: "by-settings",
  };
}

function runCommand(
  restart: Extract<RestartDescription, { by: "command" }>,
  about: About,
  live: LiveServer | null,
): RestartPlan {
  const { program, args, address, whenStale, inherits, anew } = restart;
  const pidFile = locatePidFile(about.description, about);
  const plan: Omit<RestartPlan, "args"> = {
    program,
    needsRoot: false,
    listens: "by-settings",
    ...(pidFile !== null && { knows: { pidFile } }),
    ...(inherits && { inherits }),
    ...(anew && { anew: { program, ...anew } }),
  };
  if (whenStale !== undefined && pidFile !== null && isStalePidFile(pidFile, about.machine)) {
    return { ...plan, args: whenStale };
  }
  if (address === undefined || live === null) return { ...plan, args };
  const { host, port } = live;
  return {
    ...plan,
    args: [...args, address.host, host, address.port, String(port)],
    listens: { host, port },
  };
}

/** The file in which a running server says so; null where there is none to look for. */
export function locatePidFile({ pidFile }: SystemDescription, about: About): string | null {
  return pidFile === undefined ? null : locateFile(pidFile.file, about);
}
