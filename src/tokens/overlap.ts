import { KeywardError } from "../errors.js";
import type { Finding } from "../finding.js";
import { editEnv } from "../stores/env-file.js";
import type { Edit } from "../stores/store.js";
import type { DialectName, Setting, System } from "../systems/system.js";
import type { PreviousSecret } from "./verify.js";
import { type SecretEncoding, TokenSecret } from "./secret.js";

/** The variable of the secret in force; a server that knows no other works through an overlap too. */
export const secretVariable = "JWT_SECRET";
/** The secret before that: it signs nothing, and verifies until its time is over. */
export const previousVariable = "JWT_SECRET_PREVIOUS";
/** When its time is over: `2026-01-02T04:04:05Z`. */
export const untilVariable = "JWT_SECRET_PREVIOUS_UNTIL";

type Dialects = readonly [DialectName, ...DialectName[]];

/** Secrets as a server's environment has them, ready for `verifyToken` and `issueToken`. */
export interface TokenSecrets {
  readonly secret: TokenSecret;
  readonly previous?: PreviousSecret;
}

/**
 * Works out the change that puts a new secret in force and keeps the old one for verifying: three
 * lines, one change, so that no reader ever finds one without the others.
 *
 * @param bytes the file, or null when there is none
 * @param until milliseconds since 1970; rounded down to a second
 * @throws KeywardError as `editEnv`
 */
export function editOverlap(
  bytes: Buffer | null,
  { secret, previous, until }: { secret: string; previous: string; until: number },
  dialects: Dialects,
): Edit {
  const changes = [
    [secretVariable, secret],
    [previousVariable, previous],
    [untilVariable, formatUntil(until)],
  ] as const;
  let after = bytes;
  const notes: string[] = [];
  for (const [variable, value] of changes) {
    const edit = editEnv(after, variable, value, dialects);
    notes.push(...edit.notes);
    ({ after } = edit);
  }
  return { before: bytes, after: after ?? Buffer.alloc(0), notes };
}

/** The end of an overlap as it stands in the file. */
export function formatUntil(until: number): string {
  return new Date(until).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Milliseconds since 1970; null for text that is no moment in UTC. */
export function parseUntil(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null;
  const until = Date.parse(text);
  // February 30th is read as a day in March.
  return Number.isNaN(until) || formatUntil(until) !== text ? null : until;
}

/**
 * Reads the secrets of a server from its environment. An old secret without an end is not in force.
 *
 * @throws KeywardError `no-key` without JWT_SECRET, `malformed` for an end that is no time,
 *   `key-refused` as `TokenSecret`
 * @example
 * await verifyToken(token, { ...readTokenSecrets(process.env), clock: Date });
 */
export function readTokenSecrets(
  env: Readonly<Record<string, string | undefined>>,
  encoding: SecretEncoding = "utf8",
): TokenSecrets {
  const { [secretVariable]: text, [previousVariable]: previous, [untilVariable]: end } = env;
  if (text === undefined || text === "") {
    throw new KeywardError("no-key", `${secretVariable} is not set`, {
      hint: "make one with: keyward --system haip auth generate-key --write",
    });
  }
  const secret = new TokenSecret(text, encoding);
  if (!previous || !end) return { secret };
  const until = parseUntil(end);
  if (until === null) {
    throw new KeywardError("malformed", `${untilVariable} is not a time like 2026-01-02T04:04:05Z`);
  }
  return { secret, previous: { secret: new TokenSecret(previous, encoding), until } };
}

/** A variable that stands wherever the secret may stand. */
export function settingBeside(system: System, variable: string): Setting {
  return {
    locations: (machine, launch) =>
      system
        .locations(machine, launch)
        .flatMap((place) =>
          place.kind === "environment" || place.kind === "env-file" ? [{ ...place, variable }] : [],
        ),
    default: "",
    emptyMeans: "default",
    secret: true,
  };
}

/**
 * What is to be said of an old secret that is still about: nothing while its time lasts.
 *
 * @param previous whether there is one, wherever the server would read it
 * @param end the text of its end; null where there is none
 * @param now milliseconds since 1970
 */
export function judgeOverlap(previous: boolean, end: string | null, now: number): Finding | null {
  if (!previous) return null;
  const until = end === null ? null : parseUntil(end);
  if (until !== null && now < until) return null;
  const why = until === null ? `has no ${untilVariable} that is a time` : `ended at ${end}`;
  return {
    id: "overlap-ended",
    severity: "warning",
    message: `${previousVariable} ${why}: it verifies nothing, and is a secret all the same`,
    fix: `remove the lines of ${previousVariable} and ${untilVariable}`,
  };
}
