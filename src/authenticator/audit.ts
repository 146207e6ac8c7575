import type { Accepted, GuardedRequest, Refused, RefusedCode } from "./decision.js";

/** One decision, for the author's logger. It holds neither a key nor a query. */
export interface AuditEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The client's address, as far as it may be believed; null for unknown. */
  readonly client: string | null;
  /** The name of the key, or the user of the JWT, one that has expired included; null for nobody. */
  readonly identity: string | null;
  readonly method: string;
  /** The path as it was written, without query; control characters as `?`. */
  readonly path: string;
  /** `open` where no key is wanted. */
  readonly outcome: "accepted" | "open" | RefusedCode;
  /** What `verifyJwt` has thrown, where that was no `TokenError`. */
  readonly error?: unknown;
}

/** Takes audit events. What it throws comes out of `authenticate`: the request is not let in. */
export type OnDecision = (event: AuditEvent) => void;

/** @param facts `name` is whose credential it was, also where it has expired */
export function describeDecision(
  request: GuardedRequest,
  decision: Accepted | Refused,
  facts: { time: number; client: string | null; name: string | null; error: unknown },
): AuditEvent {
  const { time, client, name, error } = facts;
  return {
    time,
    client,
    identity: name,
    method: printable(request.method ?? ""),
    path: printable((request.url ?? "").split(/[?#]/, 1)[0] ?? ""),
    outcome: nameOutcome(decision),
    ...(error === undefined ? {} : { error }),
  };
}

function nameOutcome(decision: Accepted | Refused): AuditEvent["outcome"] {
  if (!decision.ok) return decision.code;
  return decision.identity === null ? "open" : "accepted";
}

function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
