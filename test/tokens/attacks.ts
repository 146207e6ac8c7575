import { createHmac, createSign, generateKeyPairSync } from "node:crypto";

import type { TokenReason } from "../../src/tokens/errors.js";
import { keyA, keyB } from "../helpers/keys.js";
import { encode, goodClaims, goodHeader, now, protocolClaims, sign } from "./sign.js";

/** A token that must be refused by a verifier whose secret is keyA, and why. */
export type Attack = readonly [name: string, token: string, reason: TokenReason];

const good = sign(goodClaims);
const [head = "", body = "", signature = ""] = good.split(".");
const raw = (members: string) => sign(`{"userId":"user-123",${members}}`);
const rest = `"iss":"haip-server","aud":"haip-client"`;
const times = `"iat":${now},"exp":${now + 3600}`;
const withHeader = (header: object) => sign(goodClaims, { header: { ...goodHeader, ...header } });
const without = (claim: keyof typeof goodClaims) => sign({ ...goodClaims, [claim]: undefined });
const withClaims = (claims: object) => sign({ ...goodClaims, ...claims });

/** The other spelling of the same bytes: the last character has bits that stand for nothing. */
function respell(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return part.slice(0, -1) + alphabet.charAt(alphabet.indexOf(part.slice(-1)) + 1);
}

/** A token of a public-key algorithm, where the verifier has a shared secret. */
function confuse(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const input = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(goodClaims)}`;
  return `${input}.${createSign("sha256").update(input).sign(privateKey, "base64url")}`;
}

function mac(input: string): string {
  return `${input}.${createHmac("sha256", keyA).update(input).digest("base64url")}`;
}

export const attacks: readonly Attack[] = [
  ["alg none, unsigned", `${encode({ alg: "none" })}.${body}.`, "bad-algorithm"],
  ["alg none, signed", withHeader({ alg: "none" }), "bad-algorithm"],
  ["alg NoNe", `${encode({ alg: "NoNe" })}.${body}.`, "bad-algorithm"],
  ["alg hs256 in lower case", withHeader({ alg: "hs256" }), "bad-algorithm"],
  ["no alg", sign(goodClaims, { header: { typ: "JWT" } }), "bad-algorithm"],
  ["alg as a list", withHeader({ alg: ["HS256"] }), "bad-algorithm"],
  [
    "HS512 with the same secret",
    sign(goodClaims, { header: { alg: "HS512" }, hash: "sha512" }),
    "bad-algorithm",
  ],
  ["RS256 by a key of one's own", confuse(), "bad-algorithm"],
  ["unsigned, though HS256", `${head}.${body}.`, "bad-signature"],
  ["another secret", sign(goodClaims, { secret: keyB }), "bad-signature"],
  ["an empty secret", sign(goodClaims, { secret: "" }), "bad-signature"],
  ["the documentation's secret", sign(goodClaims, { secret: "test-secret-key" }), "bad-signature"],
  ["a short signature", `${head}.${body}.${signature.slice(0, 4)}`, "bad-signature"],
  ["claims of another token", `${head}.${encode(protocolClaims)}.${signature}`, "bad-signature"],

  ["crit", withHeader({ crit: ["exp"] }), "bad-header"],
  ["crit that is empty", withHeader({ crit: [] }), "bad-header"],
  ["an unencoded payload", withHeader({ b64: false, crit: ["b64"] }), "bad-header"],
  ["a key in the header", withHeader({ jwk: { kty: "oct", k: "QUFB" } }), "bad-header"],
  ["the address of a key", withHeader({ jku: "https://evil.example/keys" }), "bad-header"],
  ["the address of a certificate", withHeader({ x5u: "https://evil.example" }), "bad-header"],
  ["a token in the token", withHeader({ cty: "JWT" }), "bad-header"],
  ["compression", withHeader({ zip: "DEF" }), "bad-header"],
  ["a token of another kind", withHeader({ typ: "at+jwt" }), "bad-header"],
  ["kid as a path", withHeader({ kid: "../../../../dev/null" }), "bad-kid"],
  ["kid as a query", withHeader({ kid: "x' UNION SELECT 'key" }), "bad-kid"],
  ["kid as a command", withHeader({ kid: "key|id" }), "bad-kid"],
  ["kid as an object", withHeader({ kid: { length: 1 } }), "bad-kid"],
  ["kid as null", withHeader({ kid: null }), "bad-kid"],
  ["kid that is empty", withHeader({ kid: "" }), "bad-kid"],
  ["kid that is long", withHeader({ kid: "k".repeat(65) }), "bad-kid"],
  ["kid with a NUL", withHeader({ kid: "a\0b" }), "bad-kid"],
  ["kid of a strange secret", withHeader({ kid: "sha256:0123456789ab" }), "unknown-kid"],

  ["a claim twice", raw(`${rest},${times},"exp":${now + 7200}`), "duplicate-member"],
  ["a claim twice, escaped", raw(`${rest},${times},"\\u0065xp":9`), "duplicate-member"],
  ["a nested member twice", raw(`${rest},${times},"a":[{"b":1,"b":2}]`), "duplicate-member"],
  ["alg twice", mac(`${encode('{"alg":"none","alg":"HS256"}')}.${body}`), "duplicate-member"],

  [
    "padding behind the payload",
    mac(`${head}.${encode(`${JSON.stringify(goodClaims)} `)}=`),
    "malformed",
  ],
  ["padding behind the signature", `${good}=`, "malformed"],
  [
    "the plain base64 alphabet",
    mac(`${head}.${encode({ ...goodClaims, x: "???~~~" }).replaceAll("_", "/")}`),
    "malformed",
  ],
  ["a newline behind it", `${good}\n`, "malformed"],
  ["a blank before it", ` ${good}`, "malformed"],
  ["the signature in its other spelling", `${head}.${body}.${respell(signature)}`, "malformed"],
  ["two parts", `${head}.${body}`, "malformed"],
  ["five parts, as an encrypted one has", `${good}.a.a`, "malformed"],
  ["dots alone", "..", "malformed"],
  ["no JSON in the header", mac(`${encode("{")}.${body}`), "malformed"],
  ["a list for a header", mac(`${encode("[]")}.${body}`), "malformed"],
  ["no JSON in the payload", sign("{exp:1}"), "malformed"],
  ["text for a payload", sign('"admin"'), "malformed"],
  ["null for a payload", sign("null"), "malformed"],
  ["a byte order mark", sign(`\uFEFF${JSON.stringify(goodClaims)}`), "malformed"],
  [
    "bytes that are not UTF-8",
    mac(`${head}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url")}`),
    "malformed",
  ],
  ["16 KiB and more", withClaims({ pad: "x".repeat(16_384) }), "too-large"],
  ["a million dots", ".".repeat(1_000_000), "too-large"],

  ["exp as text", withClaims({ exp: `${now + 3600}` }), "bad-time"],
  ["exp as a float", raw(`${rest},"iat":${now},"exp":${now + 3600}.5`), "bad-time"],
  ["exp beyond all numbers", raw(`${rest},"iat":${now},"exp":1e999`), "bad-time"],
  [
    "exp of more digits than a number has",
    raw(`${rest},"iat":1,"exp":99999999999999999999`),
    "bad-time",
  ],
  ["exp in milliseconds", withClaims({ exp: (now + 3600) * 1000 }), "bad-time"],
  ["exp below nought", withClaims({ exp: -1 }), "bad-time"],
  ["exp as null", withClaims({ exp: null }), "bad-time"],
  ["exp as true", withClaims({ exp: true }), "bad-time"],
  ["exp as a list", withClaims({ exp: [now + 3600] }), "bad-time"],
  ["iat in milliseconds", withClaims({ iat: now * 1000 }), "bad-time"],
  ["iat as text", withClaims({ iat: `${now}` }), "bad-time"],
  ["nbf as text", withClaims({ nbf: `${now}` }), "bad-time"],
  ["nbf as null", withClaims({ nbf: null }), "bad-time"],
  ["exp before iat", withClaims({ iat: now, exp: now }), "bad-time"],
  ["nbf behind exp", withClaims({ nbf: now + 3600 }), "bad-time"],
  ["expired", withClaims({ iat: now - 20, exp: now }), "expired"],
  ["iat in the future", withClaims({ iat: now + 1 }), "issued-in-future"],
  ["nbf in the future", withClaims({ nbf: now + 1 }), "not-yet-valid"],

  ["no exp", without("exp"), "missing-claim"],
  ["no iat", without("iat"), "missing-claim"],
  ["no userId", without("userId"), "missing-claim"],
  ["no iss", without("iss"), "missing-claim"],
  ["no aud", without("aud"), "missing-claim"],
  ["nothing at all", sign({}), "missing-claim"],
  ["another issuer", withClaims({ iss: "evil" }), "wrong-issuer"],
  ["the issuer in a list", withClaims({ iss: ["haip-server"] }), "wrong-issuer"],
  ["another audience", withClaims({ aud: "someone" }), "wrong-audience"],
  ["the audience among others", withClaims({ aud: ["haip-client", "other"] }), "wrong-audience"],
  ["no audience in a list", withClaims({ aud: [] }), "wrong-audience"],
  ["the audience nested", withClaims({ aud: [["haip-client"]] }), "wrong-audience"],
  ["the protocol profile", sign(protocolClaims), "wrong-profile"],
  ["a blank user", withClaims({ userId: " " }), "bad-claim"],
  ["a number for a user", withClaims({ userId: 7 }), "bad-claim"],
  ["a sub that is no text", withClaims({ sub: 7 }), "bad-claim"],
];
