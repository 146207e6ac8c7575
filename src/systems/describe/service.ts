import { join } from "node:path";

import type { Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";
import type { ServerProgram } from "../contract/command-line.js";
import type { ServiceDescription } from "../contract/description.js";
import type { EnvFileLocation } from "../contract/system.js";
import type { UnitScope } from "../units/specifiers.js";
import { readUnit, type Unit } from "../units/unit.js";

/**
 * The installed unit: for a user their own before the machine's, for root the other way round. Null
 * where none is installed, and for a system without a service.
 *
 * @throws KeywardError as `readUnit`
 */
export function findService(
  service: ServiceDescription | undefined,
  machine: Machine,
): Unit | null {
  if (service === undefined) return null;
  for (const scope of orderScopes(service, machine)) {
    const unit = readUnit(machine, scope, nameUnit(service));
    if (unit !== null) return unit;
  }
  return null;
}

/** With its `.service`. */
export function nameUnit({ unit }: ServiceDescription): string {
  return unit.includes(".") ? unit : `${unit}.service`;
}

function orderScopes({ scopes }: ServiceDescription, { user }: Machine): UnitScope[] {
  const first: UnitScope = user.uid === 0 ? "system" : "user";
  return [...scopes].sort((one, other) => Number(other === first) - Number(one === first));
}

/** Where nothing is installed yet, what this user could install. */
export function scopeOf(service: ServiceDescription, machine: Machine): UnitScope {
  const installed = findService(service, machine)?.scope;
  if (installed !== undefined) return installed;
  // An installer that knows no file of a user's own installs for the machine.
  if (service.envFile.user === undefined) return "system";
  return orderScopes(service, machine)[0] ?? "system";
}

/** The env file that the installer writes. */
export function envFileOf(
  service: ServiceDescription,
  variable: string,
  machine: Machine,
): EnvFileLocation {
  const { system, user, readers, heirs } = service.envFile;
  const isUsers = user !== undefined && scopeOf(service, machine) === "user";
  return {
    kind: "env-file",
    path: isUsers ? join(homeFolder(machine), user) : system,
    variable,
    dialects: readers,
    ...(heirs !== undefined && { heirs }),
    writable: true,
  };
}

/** How the command of the unit is known. */
export function programOf({ programs, modules }: ServiceDescription): ServerProgram {
  const patterns = programs.map((name) => {
    const parts = name.split("*").map((part) => part.replaceAll(/[^\w-]/g, "\\$&"));
    return new RegExp(`^${parts.join("[\\w.-]*")}$`, "i");
  });
  return {
    isServer: (name) => patterns.some((pattern) => pattern.test(name)),
    ...(modules !== undefined && { modules }),
  };
}

/** The user that the installed service runs as, by name or number; null for none but root. */
export function userOfService(
  service: ServiceDescription | undefined,
  machine: Machine,
): string | null {
  const unit = findService(service, machine);
  if (unit === null) return null;
  return unit.user ?? (unit.scope === "user" ? machine.user.name : null);
}
