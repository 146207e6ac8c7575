import { createHmac } from "node:crypto";

import { FROZEN_NOW } from "../helpers/machine.js";
import { keyA } from "../helpers/keys.js";

/** Seconds: what the frozen clock says. */
export const now = Math.floor(FROZEN_NOW / 1000);

export const clock = { now: () => FROZEN_NOW };

/** A clock that a test moves on. */
export function movingClock() {
  let ms = FROZEN_NOW;
  return { now: () => ms, advance: (seconds: number) => (ms += seconds * 1000) };
}

export const goodHeader = { alg: "HS256", typ: "JWT" };

/** What a server token says, good in every way for an hour. */
export const goodClaims = {
  userId: "user-123",
  iat: now,
  exp: now + 3600,
  iss: "haip-server",
  aud: "haip-client",
};

export const protocolClaims = {
  iss: "my-app",
  aud: "haip-protocol",
  sub: "user-123",
  iat: now,
  exp: now + 3600,
  jti: "5f0c",
};

export const encode = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

/** Signs anything at all, text as it stands: this is not the code under test. */
export function sign(
  claims: unknown,
  { header = goodHeader, secret = keyA, hash = "sha256" }: SignOptions = {},
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
}

interface SignOptions {
  readonly header?: unknown;
  readonly secret?: string | Buffer;
  readonly hash?: string;
}
