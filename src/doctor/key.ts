import type { Finding } from "../finding.js";
import { assessKey } from "../keys/strength.js";
import type { Subject } from "./subject.js";

/** A key that is missing, switched off, or worth little. */
export function findKeyTroubles(subject: Subject): Finding[] {
  const { system, resolution, spell } = subject;
  const { key, effective, states, switchedOffBy } = resolution;
  if (states.length === 0) return [];
  const at = effective === null ? {} : { location: effective.name };
  if (switchedOffBy !== null) {
    const beside = effective?.reading.value
      ? `; newer servers do not start with that and the key in ${effective.name}`
      : "";
    const message = `${system.title} asks for no key, by ${switchedOffBy}${beside}`;
    return [{ id: "switched-off", severity: "warning", message, fix: null, ...at }];
  }
  if (key === null) {
    const message = explainMissing(subject);
    const fix = spell("auth generate-key --write");
    return [{ id: "no-key", severity: "warning", message, fix, ...at }];
  }
  const { strength, kind, message } = assessKey(key);
  if (strength === "strong") return [];
  if (kind === "reference") {
    return [
      {
        id: "key-reference",
        severity: "warning",
        message: `the value in ${effective?.name} is ${message}: which key ${system.title} has cannot be told`,
        fix: spell("token rotate --replace-reference"),
        ...at,
      },
    ];
  }
  const worth = strength === "none" ? "counts as none" : "is weak";
  return [
    {
      id: strength === "none" ? "placeholder-key" : "weak-key",
      severity: strength === "none" ? "error" : "warning",
      message: `the key in ${effective?.name} ${worth}: it is ${message}`,
      fix: spell("token rotate"),
      ...at,
    },
  ];
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
