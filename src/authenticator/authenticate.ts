import type { Clock } from "../core/machine.js";
import { listOffers } from "../systems/contract/request-parts.js";
import type { ResponseData, AuthRequest, PresentedCredential } from "../systems/contract/wire.js";
import { describeDecision } from "./audit.js";
import type { AuthenticatorOptions, JwtOptions, KeyOptions } from "./authenticator-options.js";
import { readKeys } from "./check-keys.js";
import type {
  Accepted,
  Authenticator,
  GuardedRequest,
  JwtAuthenticator,
  Match,
  Refused,
} from "./decision.js";
import { createGuard, verifierFailed } from "./guard.js";
import { createKeyRing, type KeyRing } from "./key-ring.js";
import { readCommonOptions } from "./read-options.js";
import type { RequestForms } from "../systems/contract/wire.js";
import { matchToken } from "./verify-jwt.js";

/**
 * Makes the part of a server that lets the holders of a key in, by a system's own wire forms or by
 * your own. With keys, `authenticate` decides at once; with `verifyJwt` it gives a promise.
 *
 * @throws KeywardError `no-key` without a key or with an empty one, `key-refused` for a placeholder,
 *   a key under 16 characters, one that no header carries, or one that is there twice; TypeError
 *   for any other bad option
 * @example
 * const { authenticate } = createAuthenticator({ system: "jean2", keys: key });
 * const server = createServer((request, response) => {
 *   const result = authenticate(request);
 *   if (!result.ok) return response.writeHead(result.status, result.headers).end(result.body);
 *   …
 * });
 */
export function createAuthenticator(options: KeyOptions): Authenticator;
export function createAuthenticator(options: JwtOptions): JwtAuthenticator;
export function createAuthenticator(
  options: AuthenticatorOptions,
): Authenticator | JwtAuthenticator {
  const { forms, clock } = readCommonOptions(options);
  const { open, close, fail } = createGates(options, forms, clock);
  const listProtocols = (request: AuthRequest) =>
    listOffers(request).filter((offer) => !forms.isSecretProtocol(offer));

  if ("verifyJwt" in options) {
    const { verifyJwt } = options;
    return {
      async authenticate(request) {
        const entry = open(request);
        if ("ok" in entry) return entry;
        let match: Match | null;
        try {
          match = await matchToken(verifyJwt, entry.presented);
        } catch (error) {
          return fail(request, entry, error);
        }
        return close(request, entry, match);
      },
      listProtocols,
    };
  }
  const ring = createKeyRing(readKeys(options.keys), clock);
  return {
    authenticate(request) {
      const entry = open(request);
      return "ok" in entry ? entry : close(request, entry, matchKey(ring, entry.presented));
    },
    listProtocols,
  };
}

/** A request that is as good as its credentials. */
interface Entry {
  readonly client: string | null;
  readonly presented: readonly PresentedCredential[];
}

/** What comes before the credentials are looked at, and after. */
function createGates(
  options: AuthenticatorOptions,
  forms: RequestForms,
  clock: Pick<Clock, "now">,
) {
  const { onDecision } = options;
  const guard = createGuard(options, clock, onDecision !== undefined);

  function decide<D extends Accepted | Refused>(
    request: GuardedRequest,
    decision: D,
    client: string | null,
    match: Match | null = null,
    error?: unknown,
  ): D {
    if (onDecision !== undefined) {
      const name = match?.identity?.name ?? null;
      onDecision(describeDecision(request, decision, { client, name, error, time: clock.now() }));
    }
    return decision;
  }

  return {
    open: (request: GuardedRequest): Accepted | Refused | Entry => {
      const client = guard.findClient(request);
      const stranger = guard.refuseStranger(request, client);
      if (stranger !== null) return decide(request, stranger, client);
      if (!forms.isProtected(request)) return decide(request, nobodyAsks, client);
      const preflight = forms.answerPreflight(request);
      if (preflight !== null) return decide(request, answerItself(preflight), client);
      return { client, presented: forms.credentials(request) };
    },

    close: (request: GuardedRequest, { client, presented }: Entry, match: Match | null) => {
      if (match === null && presented.length > 0) {
        const guesser = guard.refuseGuesser(client);
        if (guesser !== null) return decide(request, guesser, client);
        guard.countTries(client, presented.length);
      }
      return decide(request, conclude(forms, request, match), client, match);
    },

    fail: (request: GuardedRequest, { client }: Entry, error: unknown) =>
      decide(request, verifierFailed, client, null, error),
  };
}

const nobodyAsks: Accepted = { ok: true, identity: null, via: null };

function answerItself({ status, headers, body }: ResponseData): Refused {
  return { ok: false, status, code: "preflight", headers, body };
}

type Judging = Pick<RequestForms, "isProtected" | "credentials" | "refuse">;

/** The decision itself: one request, by one system's wire forms, against these keys. */
export function judge(forms: Judging, ring: KeyRing, request: AuthRequest): Accepted | Refused {
  if (!forms.isProtected(request)) return nobodyAsks;
  return conclude(forms, request, matchKey(ring, forms.credentials(request)));
}

function conclude(forms: Judging, request: AuthRequest, match: Match | null): Accepted | Refused {
  if (match !== null && !match.expired) {
    return { ok: true, identity: match.identity, via: match.via };
  }
  const refusal = forms.refuse(request, match === null ? "wrong-key" : "expired-key");
  const { status, code, headers, body } = refusal;
  return { ok: false, status, code, headers, body };
}

function matchKey(ring: KeyRing, presented: readonly PresentedCredential[]): Match | null {
  let expired: Match | null = null;
  for (const { value, via } of presented) {
    const found = ring(value);
    // Written out, here and below: spreading costs as much as the digest does.
    if (found !== null) {
      const match = { identity: found.identity, via, expired: found.expired };
      if (!found.expired) return match;
      expired = match;
    }
  }
  return expired;
}
