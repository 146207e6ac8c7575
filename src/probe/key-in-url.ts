import type { Check, KeyCheck } from "../systems/contract/probe-plan.js";
import { isKeyCheck } from "./ask-checks.js";

/** No key is like it, and nothing in it has to be encoded. */
const marker = "keyward-marker-0123456789";

/** Whether a check puts the key into the URL, where a proxy on the way may log it. */
export function standsInUrl(check: KeyCheck): boolean {
  return check.ask(marker, "other").path.includes(marker);
}

/** Whether a check is of a transport on which the key has no other place than the URL. */
export function needsUrl(check: KeyCheck, checks: readonly Check[]): boolean {
  return !listAccepting(checks).some(
    (other) => kindOf(other) === kindOf(check) && !standsInUrl(other),
  );
}

/**
 * Whether a check cannot be done without: the key is kept out of URLs where the transport has another
 * place for it, and out of those that are logged where any transport has.
 */
export function isNeeded(check: KeyCheck, checks: readonly Check[]): boolean {
  if (!standsInUrl(check)) return true;
  if (!needsUrl(check, checks)) return false;
  return check.logged !== true || listAccepting(checks).every(({ logged }) => logged === true);
}

function listAccepting(checks: readonly Check[]): KeyCheck[] {
  return checks.filter(isKeyCheck).filter(({ credential, expected, counts }) => {
    return credential === "key" && expected === "accept" && counts !== "never";
  });
}

/** A plain request, a WebSocket, or one of the streams. */
function kindOf({ transport }: Check): string {
  return /^(?:websocket|event-stream|http-stream)/.exec(transport)?.[0] ?? "request";
}
