import { createHmac } from "node:crypto";

/** The hashes of HS256, HS384 and HS512. */
export type HmacHash = "sha256" | "sha384" | "sha512";

/** The two parts of a JWT that are signed: `HEADER.PAYLOAD`. */
export function encodeParts(header: object, claims: object): string {
  return `${encodePart(header)}.${encodePart(claims)}`;
}

/** Appends the signature to what it signs; HS256 unless another hash is named (RFC 7515, 5.1). */
export function appendSignature(
  parts: string,
  secret: Uint8Array,
  hash: HmacHash = "sha256",
): string {
  return `${parts}.${createHmac(hash, secret).update(parts).digest("base64url")}`;
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
