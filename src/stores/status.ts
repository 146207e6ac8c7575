import type { Finding } from "../finding.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import { maskKey } from "../keys/mask.js";
import { assessKey } from "../keys/strength.js";
import type { Launch, System, SystemId } from "../systems/system.js";
import type { KeyResolution, LocationState } from "./resolve.js";

/** One location as `auth status` promises it. */
export interface LocationStatus {
  readonly location: string;
  readonly kind: LocationState["location"]["kind"];
  readonly exists: boolean;
  /** Whether the variable is there, empty or not. */
  readonly set: boolean;
  readonly fingerprint: string | null;
  readonly masked: string | null;
  /** `"0600"`; null where there is no file. */
  readonly mode: string | null;
  readonly effective: boolean;
  readonly shadowedBy: string | null;
  /** Why a server started this way does not read it; null when it does. */
  readonly ignored: string | null;
}

/** Where the key is, what shadows it and how good it is. */
export interface Status {
  readonly system: SystemId;
  readonly launch: Launch;
  readonly authentication: KeyResolution["authentication"];
  readonly effective: {
    readonly location: string;
    readonly fingerprint: string | null;
    readonly masked: string | null;
  } | null;
  readonly locations: readonly LocationStatus[];
  readonly findings: readonly Finding[];
}

/** Commands that mend findings, as the caller spells them. */
export interface Fixes {
  readonly rotate: string;
  readonly create: string;
}

/** Tells what is known of a system's key, without the key. */
export function describeStatus(system: System, resolution: KeyResolution, fixes: Fixes): Status {
  const { launch, key, effective, states, authentication } = resolution;
  const locations = states.map(describeLocation);
  return {
    system: system.id,
    launch,
    authentication,
    effective: effective && {
      location: effective.name,
      fingerprint: key === null ? null : fingerprintKey(key),
      masked: key === null ? null : maskKey(key),
    },
    locations,
    findings: [
      ...(system.remarks ?? []),
      ...findKeyTroubles(system, resolution, fixes),
      ...states.flatMap((state) => findLocationTroubles(state, system, fixes)),
    ],
  };
}

function describeLocation({ location, name, reading, ...state }: LocationState): LocationStatus {
  const { value, mode, exists } = reading;
  return {
    location: name,
    kind: location.kind,
    exists,
    set: value !== null,
    fingerprint: value ? fingerprintKey(value) : null,
    masked: value ? maskKey(value) : null,
    mode: mode === null ? null : formatMode(mode),
    effective: state.effective,
    shadowedBy: state.shadowedBy,
    ignored: location.ignored ?? null,
  };
}

/** Permission bits as `ls` users know them: `"0600"`. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function findKeyTroubles(system: System, resolution: KeyResolution, fixes: Fixes): Finding[] {
  const { key, effective, states, switchedOffBy } = resolution;
  if (states.length === 0) return [];
  if (switchedOffBy !== null) {
    const beside = effective?.reading.value
      ? `; newer servers do not start with that and the key in ${effective.name}`
      : "";
    const message = `${system.title} asks for no key, by ${switchedOffBy}${beside}`;
    return [{ id: "switched-off", severity: "warning", message, fix: null }];
  }
  if (key === null) {
    const message = explainMissing(system, resolution);
    return [{ id: "no-key", severity: "warning", message, fix: fixes.create }];
  }
  const { strength, message } = assessKey(key);
  if (strength === "strong") return [];
  const worth = strength === "none" ? "counts as none" : "is weak";
  return [
    {
      id: strength === "none" ? "placeholder-key" : "weak-key",
      severity: strength === "none" ? "error" : "warning",
      message: `the key in ${effective?.name} ${worth}: it is ${message}`,
      fix: fixes.rotate,
    },
  ];
}

function explainMissing(
  { title, variable, emptyMeans, hostDecides }: System,
  { effective }: KeyResolution,
): string {
  if (emptyMeans === "random") {
    return `${variable} is ${effective === null ? "not set" : `empty in ${effective.name}`}, so ${title} takes a key of its own, saved or made up, which keyward does not see`;
  }
  if (hostDecides === true) return `${variable} is not set`;
  return effective === null
    ? `no key is set, so ${title} lets everybody in who can reach it`
    : `${variable} is empty in ${effective.name}, which switches authentication off`;
}

function findLocationTroubles(state: LocationState, system: System, fixes: Fixes): Finding[] {
  const { name, location, reading, shadowedBy } = state;
  const findings: Finding[] = [];
  if (location.ignored !== undefined && reading.value !== null) {
    const message = `a key stands in ${name}, but ${location.ignored}`;
    findings.push({ id: "not-read", severity: "warning", message, fix: null });
  }
  if (shadowedBy !== null) {
    const message = `the key in ${name} is not in force: ${shadowedBy} wins over it`;
    findings.push({ id: "shadowed", severity: "warning", message, fix: null });
  }
  if (location.kind === "unit" && reading.value) {
    const message = `the key stands in ${name} on line ${location.line}, which every user of this machine can read with systemctl show`;
    const fix = "move it to a file that the unit names as EnvironmentFile=";
    findings.push({ id: "key-in-unit", severity: "warning", message, fix });
  } else if (reading.value && reading.mode !== null && (reading.mode & 0o007) !== 0) {
    const message = `${name} has mode ${formatMode(reading.mode)}, so other users of this machine can read the key`;
    const fix = state.effective ? fixes.rotate : `chmod o= ${name}`;
    findings.push({ id: "mode", severity: "warning", message, fix });
  }
  for (const line of reading.duplicates ?? []) {
    const message = `${name} has a second ${system.variable} on line ${line}, which ${system.title} does not read`;
    findings.push({ id: "duplicate", severity: "warning", message, fix: fixes.rotate });
  }
  return findings;
}
