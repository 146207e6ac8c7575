import { hash, randomBytes } from "node:crypto";

import type { Clock } from "../core/machine.js";
import { TokenError } from "./errors.js";
import { issueToken, type TokenRequest } from "./issue.js";
import { profiles } from "./profiles.js";
import type { RefreshStore } from "./refresh-store.js";
import { type TokenSecret, toSecret } from "./secret.js";

/** What signing in and refreshing need to know. */
export interface RefreshOptions {
  readonly store: RefreshStore;
  readonly secret: string | TokenSecret;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** What {@link grantTokens} needs to know beside that. */
export interface GrantOptions extends RefreshOptions {
  /**
   * Seconds that refreshing goes on, at most.
   * @default 30 days
   */
  readonly refreshExpiresIn?: number;
}

/** As the page about the server has it. */
export interface ServerTokens {
  readonly token: string;
  readonly refreshToken: string;
}

/** As the page about the protocol has it. */
export interface ProtocolTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** Seconds that a family of refresh tokens lives unless said otherwise: 30 days. */
const familyLifetime = 30 * 86_400;

/** 32 random bytes: nothing in it to read or to forge. */
const refreshTokenForm = /^[A-Za-z0-9_-]{43}$/;

/**
 * Signs a user in: the first access token, and the refresh token that more are to be had for. The
 * response has the shape of the profile's page.
 *
 * @param options `refreshExpiresIn` is in seconds, 30 days unless given; refreshing does not prolong it
 * @throws KeywardError as `issueToken`
 * @example
 * const { token, refreshToken } = await grantTokens({ user: "user-123" }, { store, secret });
 */
export function grantTokens(
  request: TokenRequest & { readonly profile?: "server" },
  options: GrantOptions,
): Promise<ServerTokens>;
export function grantTokens(
  request: TokenRequest,
  options: GrantOptions,
): Promise<ServerTokens | ProtocolTokens>;
export async function grantTokens(
  request: TokenRequest,
  options: GrantOptions,
): Promise<ServerTokens | ProtocolTokens> {
  const { store, secret, clock = Date, refreshExpiresIn = familyLifetime } = options;
  if (!Number.isFinite(refreshExpiresIn) || refreshExpiresIn <= 0) {
    throw new TypeError("refreshExpiresIn is in seconds, over 0");
  }
  const token = await issueToken({ ...request, secret, clock });
  const refreshToken = makeRefreshToken();
  const expires = clock.now() + refreshExpiresIn * 1000;
  await store.open(digestOf(refreshToken), { request, expires });
  const shape = request.profile === "protocol" ? "protocol" : "server";
  return shapeResponse(shape, token, refreshToken, expiresInOf(request));
}

/**
 * Answers `POST /auth/refresh`: a new access token and a new refresh token for one that is used up
 * by it. A refresh token that comes a second time was stolen, by this caller or from it: its whole
 * family is revoked, and the user has to sign in again.
 *
 * @param body the request's JSON: `{refreshToken}` is answered with `{token, refreshToken}`,
 *   `{refresh_token}` with `{access_token, refresh_token, expires_in}`
 * @throws TokenError `missing`, `malformed`, `unknown-refresh-token`, `expired`, `reused`;
 *   KeywardError as `issueToken`
 * @example
 * response.end(JSON.stringify(await refreshTokens(body, { store, secret })));
 */
export async function refreshTokens(
  body: unknown,
  options: RefreshOptions,
): Promise<ServerTokens | ProtocolTokens> {
  // A secret that must not sign is refused before the token is used up.
  const secret = toSecret(options.secret);
  const { store, clock = Date } = options;
  const { shape, presented } = readBody(body);
  const successor = makeRefreshToken();
  const exchange = await store.exchange(digestOf(presented), digestOf(successor), clock.now());
  if (exchange.outcome !== "exchanged") throw refusals[exchange.outcome]();
  const { request } = exchange.grant;
  const token = await issueToken({ ...request, secret, clock });
  return shapeResponse(shape, token, successor, expiresInOf(request));
}

const refusals = {
  expired: () => new TokenError("expired", "the refresh token has expired"),
  reused: () =>
    new TokenError("reused", "the refresh token was used before: its family is revoked"),
  unknown: () =>
    new TokenError("unknown-refresh-token", "the refresh token is unknown, or revoked"),
} as const;

/**
 * Signs out: no token of this refresh token's family is exchanged again. Access tokens that are out
 * live until they expire.
 *
 * @throws TokenError `missing`, `malformed`
 */
export async function revokeRefreshTokens(
  body: unknown,
  { store }: Pick<RefreshOptions, "store">,
): Promise<void> {
  await store.revoke(digestOf(readBody(body).presented));
}

type Shape = "server" | "protocol";

function readBody(body: unknown): { shape: Shape; presented: string } {
  if (typeof body !== "object" || body === null) {
    throw new TokenError("malformed", "the request is not a JSON object");
  }
  const named = "refreshToken" in body ? body.refreshToken : undefined;
  const snake = "refresh_token" in body ? body.refresh_token : undefined;
  if (named !== undefined && snake !== undefined) {
    throw new TokenError("malformed", "the request has both refreshToken and refresh_token");
  }
  const presented = named ?? snake;
  if (presented === undefined || presented === null || presented === "") {
    throw new TokenError("missing", "the request has no refresh token");
  }
  if (typeof presented !== "string" || !refreshTokenForm.test(presented)) {
    throw new TokenError("malformed", "the refresh token is not one of ours");
  }
  return { shape: named === undefined ? "protocol" : "server", presented };
}

function shapeResponse(
  shape: Shape,
  token: string,
  refreshToken: string,
  expiresIn: number,
): ServerTokens | ProtocolTokens {
  return shape === "server"
    ? { token, refreshToken }
    : { access_token: token, refresh_token: refreshToken, expires_in: expiresIn };
}

function expiresInOf({ expiresIn, profile = "server" }: TokenRequest): number {
  return expiresIn ?? profiles[profile].expiresIn;
}

function makeRefreshToken(): string {
  return randomBytes(32).toString("base64url");
}

function digestOf(refreshToken: string): string {
  return hash("sha256", refreshToken, "base64url");
}
