import type { Finding } from "../../core/finding.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import type { UnitPlace, Unit } from "./unit.js";

const isSecretName = /KEY|TOKEN|SECRET|PASSW/i;
/** Other variables are their programs' business, and may well hold a `=`. */
const isOurs = /^(?:OPENJARVIS|JEAN)/;

/**
 * Lines of a unit on which systemd takes more for one value than was meant: two assignments in one
 * pair of quotes are one variable, and `EnvironmentFile=` names one file, blanks and all.
 */
export function findSwallowed({ environment, swallowedFiles }: Unit): Finding[] {
  const variables = [...environment].flatMap(([name, { value, ...place }]) => {
    const parts = splitAssignments(`${name}=${value}`);
    const [, ...others] = parts.map((part) => part.name);
    if (!others.some((other) => isSecretName.test(other) || isOurs.test(other))) return [];
    const message = `systemd makes one variable, ${name}, of this line: ${others.join(" and ")} is only a part of its value`;
    const words = parts.map((part) => `"${part.name}=${showValue(part)}"`);
    return [report(place, message, `Environment=${words.join(" ")}`)];
  });
  const files = swallowedFiles.map((place) =>
    report(
      place,
      "systemd takes all of this line for the name of one file, and what looks like a key is a part of it",
      "EnvironmentFile=/the/file, and the variable in that file",
    ),
  );
  return [...variables, ...files];
}

function report({ path, line }: UnitPlace, message: string, spelling: string): Finding {
  return {
    id: "swallowed",
    severity: "error",
    message: `${path}:${line}: ${message}`,
    fix: `write on line ${line} of ${path}: ${spelling}`,
  };
}

interface Assignment {
  readonly name: string;
  readonly value: string;
}

function splitAssignments(text: string): Assignment[] {
  return text.split(/[\s;,]+(?=[A-Za-z_][A-Za-z0-9_]*=)/).map((part) => {
    const equals = part.indexOf("=");
    return { name: part.slice(0, equals), value: part.slice(equals + 1).trim() };
  });
}

/** A value that is not a secret and needs no escape within quotes, as it stands. */
function showValue({ name, value }: Assignment): string {
  return isSecretName.test(name) || mayHideKey(value) || /["\\%]/.test(value) ? "…" : value;
}
