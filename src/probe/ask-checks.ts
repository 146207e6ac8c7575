import type { Check, KeyCheck, KeylessCheck, ProbePlan } from "../systems/probe-plan.js";
import type { Conversation } from "./ask.js";
import type { Evidence } from "./report.js";
import { runCheck } from "./run-check.js";

/** What the checks are asked with. */
export interface Asking {
  readonly conversation: Conversation;
  readonly plan: ProbePlan;
  /** The address that answered as the system does. */
  readonly address: string;
  readonly garbage: string;
}

/** Asks all that is harmless to any server, at once. */
export function askKeyless({ conversation, plan, address, garbage }: Asking): Promise<Evidence[]> {
  const checks = plan.checks.filter(isKeyless);
  return Promise.all(
    checks.map((check) => runCheck(conversation, check, check.ask(garbage), garbage, address)),
  );
}

/** Asks what takes the key, on the routes that refused nothing and garbage in the system's words. */
export function askWithKey(
  { conversation, plan, address, garbage }: Asking,
  key: string,
  keyless: readonly Evidence[],
  loggedUrls: boolean,
): Promise<Evidence[]> {
  const checks = plan.checks
    .filter(isKeyCheck)
    .filter(({ route }) =>
      keyless.every((check) => check.route !== route || refusesProperly(check)),
    )
    .filter(({ logged }) => loggedUrls || logged !== true);
  return Promise.all(
    checks.map((check) => runCheck(conversation, check, check.ask(key, garbage), key, address)),
  );
}

/**
 * Whether the answers to nothing and garbage allow the key to follow: refused in the system's own
 * words where it protects in any case, and elsewhere neither let in nor refused in other words.
 */
export function deservesKey(keyless: readonly Evidence[]): boolean {
  return keyless.every((check) => {
    if (check.saysOff) return false;
    if (check.counts === "always") return refusesProperly(check);
    return check.counts === "never" || check.observed === "unclear" || refusesProperly(check);
  });
}

function refusesProperly({ observed, fits }: Evidence): boolean {
  return observed === "refuse" && fits;
}

function isKeyless(check: Check): check is KeylessCheck {
  return check.credential === "none" || check.credential === "garbage";
}

function isKeyCheck(check: Check): check is KeyCheck {
  return !isKeyless(check);
}
