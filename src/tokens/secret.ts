import { webcrypto } from "node:crypto";

import { aboutServer } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import { assessKey } from "../keys/strength.js";
import { appendSignature } from "./hmac.js";

/** How the bytes of a secret are written down. HAIP servers take the text itself, `utf8`. */
export type SecretEncoding = "utf8" | "hex" | "base64";

export const secretEncodings: readonly SecretEncoding[] = ["utf8", "hex", "base64"];

export type CryptoKey = webcrypto.CryptoKey;

/** HS256 wants a key as long as its hash: a shorter one can be found from one token (RFC 7518, 3.2). */
const shortestSecret = 32;

/**
 * A secret that JWTs are signed with: looked at once, ready for any number of tokens. It shows
 * itself neither in JSON nor in a log.
 */
export class TokenSecret {
  /** Its public name, which is the `kid` of tokens signed with it; null for one of little variety. */
  readonly fingerprint: string | null;
  readonly #bytes: Uint8Array;
  #key: CryptoKey | Promise<CryptoKey> | undefined;

  /**
   * @param text as the server's configuration has it
   * @throws KeywardError `key-refused` for one under 32 bytes, a default from documentation or anything
   *   else that stands in a secret's place, or text that is not of the encoding; TypeError for an encoding that does not exist
   */
  constructor(text: string, encoding: SecretEncoding = "utf8") {
    if (typeof text !== "string") throw new TypeError("a secret is text");
    this.#bytes = decodeSecret(text, encoding);
    refuseWorthless(text, this.#bytes.length);
    this.fingerprint = fingerprintKey(text);
  }

  /** Signs the two parts of a JWT with HS256. */
  sign(parts: string): string {
    return appendSignature(parts, this.#bytes);
  }

  /** The key as jose takes it: it verifies with HMAC-SHA-256, and cannot be read. */
  get key(): CryptoKey | Promise<CryptoKey> {
    this.#key ??= webcrypto.subtle
      .importKey("raw", this.#bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
      .then((key) => (this.#key = key));
    return this.#key;
  }
}

/** Few: a server has one, and another during an overlap. */
const recent = new Map<string, TokenSecret>();
const mostRecent = 4;

/**
 * Takes a secret that may still be text. Looking at one costs as much as a signature, so the last
 * few are kept.
 */
export function toSecret(secret: string | TokenSecret): TokenSecret {
  if (secret instanceof TokenSecret) return secret;
  const known = recent.get(secret);
  if (known !== undefined) return known;
  const looked = new TokenSecret(secret);
  if (recent.size >= mostRecent) recent.clear();
  recent.set(secret, looked);
  return looked;
}

function decodeSecret(text: string, encoding: SecretEncoding): Uint8Array {
  switch (encoding) {
    case "utf8":
      return Buffer.from(text, "utf8");
    case "hex":
      if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
      throw refused("the secret is not hexadecimal");
    case "base64": {
      // Node takes base64 and base64url alike, and skips what is neither.
      const plain = text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
      const bytes = Buffer.from(plain, "base64url");
      if (bytes.length > 0 && bytes.toString("base64url") === plain) return bytes;
      throw refused("the secret is not base64");
    }
    default:
      throw new TypeError(`encoding must be one of ${secretEncodings.join(", ")}`);
  }
}

function refuseWorthless(text: string, length: number): void {
  const { reason, kind, message } = assessKey(text);
  if (reason === "empty") throw refused("the secret is empty");
  if (kind === "placeholder") throw refused(`the secret is ${message}, which everybody knows`);
  if (kind !== null) throw refused(`the secret is ${message}`);
  if (length < shortestSecret) {
    throw refused(`the secret has ${length} bytes, and HS256 needs ${shortestSecret} or more`);
  }
}

function refused(message: string): KeywardError {
  return new KeywardError("key-refused", message, {
    hint: ["make one with: ", aboutServer("auth generate-key")],
  });
}
