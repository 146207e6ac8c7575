// HAIP's tokens per second, one after the other and 64 at once, beside the libraries that people
// would use instead. Every verifier checks algorithm, issuer, audience and expiry; only ours checks
// the rest. Rounds are interleaved, so that a machine that slows down slows all.
import { webcrypto } from "node:crypto";

import { createSigner, createVerifier } from "fast-jwt";
import { jwtVerify, SignJWT } from "jose";
import jwt from "jsonwebtoken";
import { issueToken, TokenSecret, verifyToken } from "keyward";

import { median } from "./pairs.mjs";

const text = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
const issuer = "haip-server";
const audience = "haip-client";
const secret = new TokenSecret(text);
const bytes = Buffer.from(text);
const key = await webcrypto.subtle.importKey(
  "raw",
  bytes,
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["sign", "verify"],
);

const rounds = 48;
const each = 2000;
const claims = () => {
  const iat = Math.floor(Date.now() / 1000);
  return { userId: "user-123", iat, exp: iat + 86_400, iss: issuer, aud: audience };
};
const token = await issueToken({ user: "user-123", secret, clock: Date });
const options = { issuer, audience, algorithms: ["HS256"] };
const fastSign = createSigner({ key: text, algorithm: "HS256" });
const fastVerify = createVerifier({
  key: text,
  allowedIss: issuer,
  allowedAud: audience,
  algorithms: ["HS256"],
});

const verifiers = {
  keyward: () => verifyToken(token, { secret, clock: Date }),
  jose: () => jwtVerify(token, key, options),
  "keyward, secret as text": () => verifyToken(token, { secret: text, clock: Date }),
  "jose, secret as bytes": () => jwtVerify(token, bytes, options),
  jsonwebtoken: () => jwt.verify(token, text, options),
  "fast-jwt": () => fastVerify(token),
};
const issuers = {
  keyward: () => issueToken({ user: "user-123", secret, clock: Date }),
  jose: () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key),
  "keyward, secret as text": () => issueToken({ user: "user-123", secret: text, clock: Date }),
  "jose, secret as bytes": () =>
    new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(bytes),
  jsonwebtoken: () => jwt.sign(claims(), text),
  "fast-jwt": () => fastSign(claims()),
};

/** Calls per second, `width` of them at a time. */
async function measure(call, width) {
  const start = process.hrtime.bigint();
  for (let done = 0; done < each; done += width) {
    if (width === 1) await call();
    else await Promise.all(Array.from({ length: width }, call));
  }
  return each / (Number(process.hrtime.bigint() - start) / 1e9);
}

async function compare(what, calls, width) {
  const names = Object.keys(calls);
  for (const name of names) await measure(calls[name], width);
  const rows = [];
  for (let round = 0; round < rounds; round += 1) {
    const row = {};
    // Whoever comes after another pays for its garbage, so each comes after each.
    const turn = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
    for (const name of round % 2 ? turn : turn.toReversed()) {
      row[name] = await measure(calls[name], width);
    }
    rows.push(row);
  }
  console.log(`${what}, ${width === 1 ? "one by one" : `${width} at once`}`);
  for (const name of names) {
    const against = name.replace("keyward", "jose").replace("as text", "as bytes");
    const perSecond = Math.round(median(rows.map((row) => row[name]))).toLocaleString("en");
    const ratio = median(rows.map((row) => row[name] / row[against]));
    const note = against === name ? "" : `  ${ratio.toFixed(2)}x of ${against}`;
    const goal = name.startsWith("keyward") && what === "verify" ? "  goal 0.9x" : "";
    console.log(`  ${name.padEnd(26)} ${perSecond.padStart(9)}/s${note}${goal}`);
  }
}

for (const width of [1, 64]) await compare("verify", verifiers, width);
for (const width of [1, 64]) await compare("issue", issuers, width);
