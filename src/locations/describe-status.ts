import { KeywardError } from "../core/errors.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import { maskKey } from "../keys/mask.js";
import { assessKey, type KeyStrength } from "../keys/strength.js";
import type { ValueKind } from "../keys/value-kinds.js";
import type { Machine } from "../core/machine.js";
import type { Launch, System, SystemId } from "../systems/contract/system.js";
import { userName } from "../core/accounts.js";
import { type GitStatus, gitStatusOf } from "../files/git.js";
import { isForeign } from "./foreign.js";
import type { KeyResolution, LocationState } from "./resolve-key.js";
import { formatMode } from "../files/file-mode.js";

/** One location as `auth status` promises it. */
export interface LocationStatus {
  readonly location: string;
  readonly kind: LocationState["location"]["kind"];
  readonly exists: boolean;
  /** Whether the variable is there, empty or not. */
  readonly set: boolean;
  readonly fingerprint: string | null;
  readonly masked: string | null;
  /** What the value is worth as a key; null where there is none. */
  readonly strength: KeyStrength | null;
  /** What the value is instead of a key; null for what may be one, and where there is none. */
  readonly valueKind: ValueKind | null;
  /** `"0600"`; null where there is no file. */
  readonly mode: string | null;
  /** The file's owner by name, or by number where there is no name; null where there is no file. */
  readonly owner: string | null;
  /** What git makes of the file; null where there is none, or no way to tell. */
  readonly git: GitStatus["state"] | null;
  readonly effective: boolean;
  readonly shadowedBy: string | null;
  /** Why a server started this way does not read it; null when it does. */
  readonly ignored: string | null;
  /** Why it cannot be told what stands there; null where it can. */
  readonly unseen: string | null;
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
    readonly strength: KeyStrength | null;
    readonly valueKind: ValueKind | null;
  } | null;
  readonly locations: readonly LocationStatus[];
}

/** Tells what is known of a system's key, without the key. */
export function describeStatus(
  system: System,
  resolution: KeyResolution,
  machine: Machine,
): Status {
  const { launch, key, effective, states, authentication } = resolution;
  return {
    system: system.id,
    launch,
    authentication,
    effective: effective && {
      location: effective.name,
      ...(isForeign(effective) ? withhold(key) : describeKey(key)),
    },
    locations: states.map((state) => describeLocation(state, machine)),
  };
}

function describeLocation(state: LocationState, machine: Machine): LocationStatus {
  const { location, name, reading, effective, shadowedBy } = state;
  const { value, mode, owner, exists } = reading;
  return {
    location: name,
    kind: location.kind,
    exists,
    set: value !== null,
    ...(isForeign(state) ? withhold(value) : describeKey(value)),
    mode: mode === null ? null : formatMode(mode),
    owner: owner === null ? null : userName(owner.uid, machine),
    git:
      exists && location.kind !== "environment" && location.kind !== "unseen"
        ? askGit(name, machine)
        : null,
    effective,
    shadowedBy,
    ignored: location.ignored ?? null,
    unseen: location.kind === "unseen" ? location.why : (reading.doubt?.why ?? null),
  };
}

/** Whatever it is, it looks like the shortest key. */
function withhold(key: string | null): KeyFacts {
  return { ...describeKey(null), masked: key ? maskKey("?") : null };
}

type KeyFacts = Pick<LocationStatus, "fingerprint" | "masked" | "strength" | "valueKind">;

function describeKey(key: string | null): KeyFacts {
  if (!key) return { fingerprint: null, masked: null, strength: null, valueKind: null };
  const { strength, kind: valueKind } = assessKey(key);
  return { fingerprint: fingerprintKey(key), masked: maskKey(key), strength, valueKind };
}

function askGit(path: string, machine: Machine): GitStatus["state"] | null {
  try {
    return gitStatusOf(path, machine).state;
  } catch (error) {
    if (error instanceof KeywardError) return null;
    throw error;
  }
}
