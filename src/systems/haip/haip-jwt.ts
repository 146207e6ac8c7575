import { randomBytes, randomUUID } from "node:crypto";

import { aboutServer } from "../../core/hint.js";
import { describeDuration, parseDuration } from "../../core/durations.js";
import { KeywardError } from "../../core/errors.js";
import type { Finding, RawFinding, Severity } from "../../core/finding.js";
import { appendSignature, encodeParts, type HmacHash } from "../../tokens/hmac.js";
import { parseObject } from "../contract/probe-judge.js";
import type { KeyOrigin, Lifetime, ProbeCredentials } from "../contract/probe-plan.js";

/** The protocol's own page asks for 15 to 60 minutes. */
const longestLifetime = 3600;
const probeLifetime = 60;
const shortestSecret = 32;

const hashes: ReadonlyMap<unknown, HmacHash> = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

type Claims = Readonly<Record<string, unknown>>;

/**
 * What a probe presents: a JWT that is good for a minute, signed with the secret, or the one that
 * the caller brought; and the same signed with a secret that nobody has.
 *
 * @param key the secret, or, when it is given, a JWT; null for none
 * @throws KeywardError `key-refused` for a given one that is no JWT
 */
export function presentJwt(key: string | null, about: KeyOrigin): ProbeCredentials {
  const { isGiven, now, lifetime } = about;
  if (key !== null && isGiven) return presentGiven(key, now);
  const findings = lifetime === null ? [] : judgeSetting(lifetime);
  const parts = encodeParts({ alg: "HS256", typ: "JWT" }, serverClaims(now));
  const garbage = appendSignature(parts, randomBytes(shortestSecret));
  if (key === null) return { key, garbage, findings };
  const secret = Buffer.from(key);
  if (secret.length < shortestSecret)
    return { key: null, garbage, findings: [weakSecret, ...findings] };
  return { key: appendSignature(parts, secret), garbage, findings };
}

const weakSecret: RawFinding = {
  id: "weak-secret",
  severity: "error",
  message: `the secret has fewer than ${shortestSecret} bytes and can be guessed from any JWT, so no JWT was tried`,
  fix: aboutServer("token rotate"),
};

/** What the server's page of the documentation asks for; the server before August 2025 looks at two of them. */
function serverClaims(now: number): Claims {
  const iat = Math.floor(now / 1000);
  return {
    userId: "keyward-probe",
    iss: "haip-server",
    aud: "haip-client",
    iat,
    exp: iat + probeLifetime,
    jti: randomUUID(),
  };
}

function presentGiven(jwt: string, now: number): ProbeCredentials {
  const [head = "", payload = "", signature = "", ...others] = jwt.split(".");
  const header = decode(head);
  const claims = decode(payload);
  if (header === null || claims === null || signature === "" || others.length > 0) {
    throw new KeywardError("key-refused", "the key that was given is no JWT", {
      hint: "a HAIP server is asked with a JWT; its secret is never sent",
    });
  }
  const signed = `${head}.${payload}`;
  const hash = hashes.get(header["alg"]);
  const length = Buffer.from(signature, "base64url").length;
  const garbage =
    hash === undefined
      ? `${signed}.${randomBytes(length).toString("base64url")}`
      : appendSignature(signed, randomBytes(64), hash);
  return { key: jwt, garbage, findings: judgeLifetime(claims, now) };
}

function judgeLifetime({ iat, exp }: Claims, now: number): Finding[] {
  if (typeof exp !== "number") {
    const message = "the JWT never expires";
    return [{ id: "long-lifetime", severity: "warning", message, fix: "sign it with an exp" }];
  }
  if (exp * 1000 <= now) {
    const message = "the JWT that was given has expired";
    return [{ id: "token-expired", severity: "warning", message, fix: "bring a fresh one" }];
  }
  const lifetime = typeof iat === "number" ? exp - iat : exp - now / 1000;
  return describeLifetime(lifetime, "the JWT that was given");
}

/** Written as HAIP's documentation has it, with a unit. */
function judgeSetting({ text, isDefault }: Lifetime): Finding[] {
  const which = isDefault ? "the default of JWT_EXPIRES_IN" : "JWT_EXPIRES_IN";
  const severity = isDefault ? "info" : "warning";
  return describeLifetime(parseDuration(text) ?? 0, `a JWT by ${which}`, severity);
}

/** The finding that a lifetime deserves, if any: a JWT that leaks is good until it ends. */
function describeLifetime(
  seconds: number,
  what: string,
  severity: Severity = "warning",
): Finding[] {
  if (seconds <= longestLifetime) return [];
  return [
    {
      id: "long-lifetime",
      severity,
      message: `${what} is good for ${describeDuration(seconds)}; the protocol asks for 15 to 60 minutes`,
      fix: "issue JWTs that live shorter, and refresh them",
    },
  ];
}

function decode(part: string): Claims | null {
  return parseObject(Buffer.from(part, "base64url").toString("utf8"));
}
