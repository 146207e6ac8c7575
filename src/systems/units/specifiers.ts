import { join } from "node:path";

import { type Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";

/** The service manager that runs a unit: the machine's, or that of the user's session. */
export type UnitScope = "system" | "user";

/** What the `%` in a unit file are taken from. */
export interface SpecifierContext {
  /** With its suffix: `jean-server.service`. */
  readonly unit: string;
  readonly scope: UnitScope;
  readonly machine: Machine;
}

/**
 * Replaces `%n` and the like, as far as they can be told from outside of systemd; null for any
 * other letter. A `%` before anything but a letter or digit stays.
 */
export function expandSpecifiers(text: string, context: SpecifierContext): string | null {
  let unknown = false;
  const expanded = text.replaceAll(/%([A-Za-z0-9%])/g, (_, letter: string) => {
    const value = letter === "%" ? "%" : specifiers[letter]?.(context);
    unknown ||= value === undefined;
    return value ?? "";
  });
  return unknown ? null : expanded;
}

/** The letters that some version of systemd knows. */
const notKnown = /%(?![aAbBCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY%])[A-Za-z0-9]/;

/** Whether there is a `%` that systemd cannot replace, for which it ignores the whole word. */
export function hasBadSpecifier(text: string): boolean {
  return notKnown.test(text.replaceAll("%%", ""));
}

const specifiers: Readonly<Record<string, (context: SpecifierContext) => string | undefined>> = {
  n: ({ unit }) => unit,
  N: nameOf,
  // No instance: these units are not templates, so the prefix is the whole name.
  p: nameOf,
  i: () => "",
  I: () => "",
  j: (context) => nameOf(context).split("-").at(-1),
  u: ({ scope, machine }) => (scope === "user" ? machine.user.name : "root"),
  U: ({ scope, machine }) => String(scope === "user" ? machine.user.uid : 0),
  h: ({ scope, machine }) => (scope === "user" ? homeFolder(machine) : "/root"),
  E: ({ scope, machine }) => (scope === "user" ? join(homeFolder(machine), ".config") : "/etc"),
  C: ({ scope, machine }) =>
    scope === "user" ? join(homeFolder(machine), ".cache") : "/var/cache",
  t: ({ scope, machine }) => (scope === "user" ? `/run/user/${machine.user.uid}` : "/run"),
  // Where a user's state and logs are has changed with systemd 254.
  S: ({ scope }) => (scope === "user" ? undefined : "/var/lib"),
  L: ({ scope }) => (scope === "user" ? undefined : "/var/log"),
  T: () => "/tmp",
  V: () => "/var/tmp",
  H: ({ machine }) => machine.hostname,
};

function nameOf({ unit }: SpecifierContext): string {
  return unit.slice(0, unit.lastIndexOf("."));
}
