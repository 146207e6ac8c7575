import { KeywardError } from "../core/errors.js";
import { assessKey, countsAsKey, isReference } from "../keys/strength.js";
import { decideBind, type BindDecision, type BindOptions } from "./decide-bind.js";

/** What {@link checkBindSafety} goes by, beside the host. */
export interface CheckBindOptions extends Omit<
  BindOptions,
  "host" | "keyConfigured" | "keyProblem"
> {
  /** The key that the server will ask for. */
  readonly key: string | null | undefined;
}

/**
 * Refuses a bind that would let anybody in. A key that is blank, under 16 characters, a placeholder
 * or anything else than a key counts as none. Call it before the server listens, with what it will listen on.
 *
 * @throws KeywardError `unsafe-bind`
 * @throws TypeError when the host is not a string
 * @example
 * await checkBindSafety(host, { key: process.env.JEAN2_AUTH_TOKEN });
 */
export async function checkBindSafety(
  host: string,
  options: CheckBindOptions,
): Promise<BindDecision> {
  const { key, ...rest } = options;
  const decision = await decideBind({
    ...rest,
    host,
    keyConfigured: countsAsKey(key),
    keyProblem: explainKeyProblem(key),
  });
  if (decision.safe) return decision;
  const { reason, hint } = decision;
  throw new KeywardError("unsafe-bind", reason.message, hint === undefined ? {} : { hint });
}

/** Why a key does not count, for `keyProblem` of `decideBind`; undefined for none and for one that does. */
export function explainKeyProblem(key: string | null | undefined): string | undefined {
  if (key === null || key === undefined || key === "" || countsAsKey(key)) return undefined;
  const { message } = assessKey(key);
  if (isReference(key)) {
    return `the configured value is ${message}, so it cannot be told whether there is a key`;
  }
  return `the configured key counts as none: it is ${message}`;
}
