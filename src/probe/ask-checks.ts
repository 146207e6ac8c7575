import type { Check, KeyCheck, KeylessCheck } from "../systems/contract/probe-plan.js";
import type { ProbeSession } from "./session.js";
import type { CheckResult } from "./report.js";
import { runCheck } from "./run-check.js";

/** What the checks are asked with. */
export interface Asking {
  readonly conversation: ProbeSession;
  readonly checks: readonly Check[];
  /** The address that answered as the system does. */
  readonly address: string;
  readonly garbage: string;
  /** Somebody else's server is not asked twice. */
  readonly retries: boolean;
}

/** Asks all that is harmless to any server, at once. */
export function askKeyless(asking: Asking): Promise<CheckResult[]> {
  const { conversation, checks, address, garbage, retries } = asking;
  return Promise.all(
    checks.filter(isKeyless).map((check) => {
      const presentation = { question: check.ask(garbage), secrets: [garbage], address, retries };
      return runCheck(conversation, check, presentation);
    }),
  );
}

/** Asks what takes the key, on the routes that refused nothing and garbage in the system's words. */
export function askWithKey(
  { conversation, checks, address, garbage, retries }: Asking,
  key: string,
  keyless: readonly CheckResult[],
  mayHave: (check: KeyCheck) => boolean,
): Promise<CheckResult[]> {
  return Promise.all(
    checks
      .filter(isKeyCheck)
      .filter((check) => mayFollow(check, keyless))
      .filter(mayHave)
      .map((check) => {
        const question = check.ask(key, garbage);
        // Who refuses garbage in the handshake has judged by its end; others open first, then close.
        const isJudgedLater = onRoute(check, keyless).some(({ opened }) => opened);
        return runCheck(conversation, check, {
          question,
          secrets: check.credential === "mixed" ? [key, garbage] : [key],
          address,
          retries,
          ...(!isJudgedLater && { graceMs: 0 }),
        });
      }),
  );
}

/** Whether a route refused nothing and garbage, so that the key may be shown there. */
export function mayFollow(check: KeyCheck, keyless: readonly CheckResult[]): boolean {
  return onRoute(check, keyless).every(refusesProperly);
}

function onRoute({ route }: Check, keyless: readonly CheckResult[]): CheckResult[] {
  return keyless.filter((check) => check.route === route && check.expected === "refuse");
}

/**
 * Whether the answers to nothing and garbage allow the key to follow: refused in the system's own
 * words where it protects in any case, and elsewhere neither let in nor refused in other words.
 */
export function deservesKey(keyless: readonly CheckResult[]): boolean {
  return keyless.every((check) => {
    if (check.saysOff) return false;
    if (check.counts === "always") return refusesProperly(check);
    return check.counts === "never" || check.observed === "unclear" || refusesProperly(check);
  });
}

function refusesProperly({ observed, fits }: CheckResult): boolean {
  return observed === "refuse" && fits;
}

function isKeyless(check: Check): check is KeylessCheck {
  return check.credential === "none" || check.credential === "garbage";
}

/** Whether a check presents the key. */
export function isKeyCheck(check: Check): check is KeyCheck {
  return !isKeyless(check);
}
