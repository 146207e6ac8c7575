import type { ProfileName } from "./profiles.js";

/** The codes that HAIP's documentation gives to a client whose token is no good. */
export type TokenErrorCode = "TOKEN_EXPIRED" | "INVALID_TOKEN" | "MISSING_TOKEN";

/**
 * Exactly why a token is refused.
 *
 * - `missing` there is none
 * - `too-large` it is over 16 KiB
 * - `malformed` its shape, its base64url, its UTF-8 or its JSON is wrong, padding included
 * - `duplicate-member` an object in it has a member twice, so two readers may read two things
 * - `bad-algorithm` its header names another algorithm than HS256, `none` included
 * - `bad-header` its header has a member that must not be obeyed (`crit`, `jwk`, `jku`, …)
 * - `bad-kid` its `kid` is not a short plain string
 * - `unknown-kid` its `kid` is the fingerprint of a secret that is not in force
 * - `bad-signature` it was not signed with a secret that is in force, or was changed since
 * - `missing-claim`, `bad-claim` a claim that its profile requires is not there, or is no such thing
 * - `bad-time` `exp`, `iat` or `nbf` is no whole number of seconds, or they contradict each other
 * - `wrong-issuer`, `wrong-audience` it is from, or for, somebody else
 * - `wrong-profile` the same, and it fits the other profile
 * - `expired`, `not-yet-valid`, `issued-in-future` it is not valid now
 * - `unknown-refresh-token`, `reused` about refresh tokens
 */
export type TokenReason =
  | "missing"
  | "too-large"
  | "malformed"
  | "duplicate-member"
  | "bad-algorithm"
  | "bad-header"
  | "bad-kid"
  | "unknown-kid"
  | "bad-signature"
  | "missing-claim"
  | "bad-claim"
  | "bad-time"
  | "wrong-issuer"
  | "wrong-audience"
  | "wrong-profile"
  | "expired"
  | "not-yet-valid"
  | "issued-in-future"
  | "unknown-refresh-token"
  | "reused";

/** What a HAIP server sends to a client that it refuses. */
export interface ErrorAnswer {
  readonly type: "ERROR";
  readonly channel: "SYSTEM";
  readonly payload: { readonly code: TokenErrorCode; readonly message: string };
}

const documented: Readonly<Record<TokenErrorCode, string>> = {
  TOKEN_EXPIRED: "JWT token has expired",
  INVALID_TOKEN: "Invalid or expired JWT token",
  MISSING_TOKEN: "JWT token is required",
};

/** A token that is refused. Neither it nor its message ever holds the token or a secret. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;
  readonly reason: TokenReason;
  /** The profile that the token would fit, where it is not the one that was asked for. */
  readonly fits: ProfileName | null;

  constructor(reason: TokenReason, message: string, fits: ProfileName | null = null) {
    super(message);
    this.reason = reason;
    this.fits = fits;
    if (reason === "expired") this.code = "TOKEN_EXPIRED";
    else this.code = reason === "missing" ? "MISSING_TOKEN" : "INVALID_TOKEN";
  }

  /** The documented answer. It says the code and no more: the reason is for the server's own log. */
  toAnswer(): ErrorAnswer {
    const { code } = this;
    return { type: "ERROR", channel: "SYSTEM", payload: { code, message: documented[code] } };
  }
}
