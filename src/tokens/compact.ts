import { TokenError } from "./errors.js";
import { parseStrictObject, type StrictObject } from "./strict-json.js";

/** A token over this many characters is not looked at: a header of 16 KiB is more than servers take. */
export const longestToken = 16_384;

/** The parts of a token in base64url, the signature empty where there is none. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/**
 * Takes a token apart: three parts, which may be spelled in any way.
 *
 * @throws TokenError `missing`, `too-large`, `malformed`
 */
export function splitToken(token: string): CompactToken {
  if (token === "") throw new TokenError("missing", "there is no token");
  if (token.length > longestToken) {
    throw new TokenError("too-large", `the token is over ${longestToken} characters`);
  }
  const parts = token.split(".");
  const [header, payload, signature] = parts;
  if (header === undefined || payload === undefined || signature === undefined) {
    throw new TokenError("malformed", "the token has not three parts with dots between them");
  }
  if (parts.length > 3) {
    throw new TokenError(
      "malformed",
      `the token has ${parts.length} parts, and a signed one has 3`,
    );
  }
  return { header, payload, signature };
}

/** @throws TokenError `malformed`, `duplicate-member` */
export function parsePart(part: string, what: string): StrictObject {
  refuseMisspelled(part, what);
  return parseStrictObject(Buffer.from(part, "base64url"), what);
}

/** What a part may end with: after whole groups of four, or with bits that stand for nothing at zero. */
const ends = [/^[\w-]*$/, null, /^[\w-]*[AQgw]$/, /^[\w-]*[AEIMQUYcgkosw048]$/] as const;

/**
 * Decoders are lenient: padding, other alphabets, stray characters, and the bits of the last
 * character that stand for nothing. Two spellings of one token would be two tokens to a list of
 * revoked ones, so there is one.
 *
 * @throws TokenError `malformed`
 */
export function refuseMisspelled(part: string, what: string): void {
  if (ends[part.length % 4]?.test(part) === true) return;
  throw new TokenError("malformed", `${what} is not base64url without padding`);
}

/** Members that name another key, another encoding or a rule to obey; none has a use in HAIP. */
const refusedMembers = [
  "crit",
  "b64",
  "jwk",
  "jku",
  "x5u",
  "x5c",
  "x5t",
  "x5t#S256",
  "enc",
  "zip",
  "cty",
];

const plainKid = /^[A-Za-z0-9._:-]{1,64}$/;

/** Whether text can be a `kid`: short, and nothing that means something to a path or a query. */
export function isPlainKid(kid: unknown): kid is string {
  return typeof kid === "string" && plainKid.test(kid);
}

/**
 * Judges a header before anything is done by it.
 *
 * @returns its `kid`, or undefined
 * @throws TokenError `bad-algorithm`, `bad-header`, `bad-kid`
 */
export function judgeHeader(header: StrictObject): string | undefined {
  if (header["alg"] !== "HS256") {
    const none = typeof header["alg"] === "string" && /^none$/i.test(header["alg"]);
    const what = none ? "none, so that anybody can make one" : "not HS256";
    throw new TokenError("bad-algorithm", `the algorithm of the token is ${what}`);
  }
  const refused = refusedMembers.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) {
    throw new TokenError("bad-header", `the header has ${refused}, which no HAIP token needs`);
  }
  const { typ, kid } = header;
  if (typ !== undefined && !(typeof typ === "string" && /^(?:application\/)?jwt$/i.test(typ))) {
    throw new TokenError("bad-header", "the header says that this is not a JWT but something else");
  }
  if (kid === undefined) return undefined;
  if (isPlainKid(kid)) return kid;
  throw new TokenError("bad-kid", "the kid is not text of up to 64 letters, digits and . _ : -");
}
