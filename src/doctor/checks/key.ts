import { aboutServer, type Hint } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import { assessKey, countsAsKey } from "../../keys/strength.js";
import { isForeign } from "../../locations/foreign.js";
import type { KeyResolution } from "../../locations/resolve-key.js";
import { adviseUnseen, explainUnseen, type Unseen } from "../../locations/unseen.js";
import type { Subject } from "../subject.js";

/** A key that is missing, switched off, or worth little. */
export function findKeyTroubles(subject: Subject): RawFinding[] {
  const { system, resolution } = subject;
  const { key, effective, states, switchedOffBy, unseen } = resolution;
  if (states.length === 0) return [];
  const at = effective === null ? {} : { location: effective.name };
  if (switchedOffBy !== null) {
    const beside = effective?.reading.value
      ? `; newer servers do not start with that and the key in ${effective.name}`
      : "";
    const message = `${system.title} asks for no key, by ${switchedOffBy}${beside}`;
    return [{ id: "switched-off", severity: "warning", message, fix: null, ...at }];
  }
  const untold = unseen === null ? [] : [tellUnseen(system.title, unseen)];
  if (key === null) {
    if (unseen !== null) return untold;
    const message = explainMissing(subject);
    const fix = adviseMissing(subject);
    return [{ id: "no-key", severity: "warning", message, fix, ...at }];
  }
  const { strength, kind, message } = assessKey(key);
  if (strength === "strong" || (effective !== null && isForeign(effective))) return untold;
  if (kind === "reference") {
    return [
      ...untold,
      {
        id: "key-reference",
        severity: "warning",
        message: `the value in ${effective?.name} is ${message}: which key ${system.title} has cannot be told`,
        fix: aboutServer("token rotate --replace-reference"),
        ...at,
      },
    ];
  }
  const worth = strength === "none" ? "counts as none" : "is weak";
  return [
    ...untold,
    {
      id: strength === "none" ? "placeholder-key" : "weak-key",
      severity: strength === "none" ? "error" : "warning",
      message: `the key in ${effective?.name} ${worth}: it is ${message}`,
      fix: aboutServer("token rotate"),
      ...at,
    },
  ];
}

function tellUnseen(title: string, unseen: Unseen): RawFinding {
  return {
    id: "cannot-tell",
    severity: "warning",
    message: explainUnseen(`whether ${title} asks for a key, and for which,`, unseen),
    fix: adviseUnseen(unseen),
  };
}

/** Where a location that keyward does not write says that there is no key, a key elsewhere is not read. */
export function adviseMissing({ resolution }: Pick<Subject, "resolution">): Hint {
  return adviseInstead(resolution) ?? aboutServer("auth generate-key --write");
}

/**
 * What to do where a new key would not help, or is not needed: about a line of somebody's project that
 * switches authentication off, and about a key that the server does not read. Null for neither.
 */
export function adviseInstead({ effective, key, states }: KeyResolution): string | null {
  if (key !== null) return null;
  const location = effective?.location;
  if (effective !== null && location?.kind === "env-file" && !location.writable) {
    return `remove line ${effective.reading.line} of ${effective.name}, and restart the server`;
  }
  const unread = states.find(({ reading }) => countsAsKey(reading.value));
  return unread?.location.remedy ?? null;
}

function explainMissing({ system, resolution: { effective } }: Subject): string {
  const { title, variable, emptyMeans, hostDecides } = system;
  if (emptyMeans === "random") {
    return `${variable} is ${effective === null ? "not set" : `empty in ${effective.name}`}, so ${title} takes a key of its own, saved or made up, which keyward does not see`;
  }
  if (hostDecides === true) return `${variable} is not set`;
  return effective === null
    ? `no key is set, so ${title} lets everybody in who can reach it`
    : `${variable} is empty in ${effective.name}, which switches authentication off`;
}
