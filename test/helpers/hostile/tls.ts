import { readFileSync } from "node:fs";
import type { ServerOptions } from "node:https";

import { listensWithTls } from "./places.js";
import type { HostileServer } from "./start.js";

/**
 * A certificate of `fixtures`, and what it is to a client that trusts `authority` alone. All name
 * localhost, 127.0.0.1 and ::1 unless said otherwise, and are valid from 2020 to 2120.
 *
 * - `good` nothing is wrong with it
 * - `self-signed` by itself alone
 * - `expired` since 2021, `not-yet` valid before 2119
 * - `wrong-name` for elsewhere.example
 * - `unknown-authority` signed by another authority than `authority`
 * - `weak` an RSA key of 768 bits, `old-digest` signed with SHA-1
 */
export type Certificate =
  | "good"
  | "self-signed"
  | "expired"
  | "not-yet"
  | "wrong-name"
  | "unknown-authority"
  | "weak"
  | "old-digest";

/** The authority that the client is to trust, PEM. */
export const authority = readFixture("authority.crt.pem");

/** A certificate and its private key, PEM. */
export function readCertificate(name: Certificate): { cert: string; key: string } {
  return { cert: readFixture(`${name}.crt.pem`), key: readFixture(`${name}.key.pem`) };
}

/**
 * Speaks TLS with a certificate. Every one but `good` has the verdict `unreachable` (`tls-failed`),
 * with nothing decrypted; with `--insecure` that of the server behind, and a finding that says so.
 */
export function showsCertificate(name: Certificate, behind: number): Promise<HostileServer> {
  // OpenSSL itself would refuse to serve the weak ones at its usual level.
  const options: ServerOptions = { ...readCertificate(name), ciphers: "DEFAULT@SECLEVEL=0" };
  return listensWithTls(options, behind);
}

/** Speaks TLS 1.1 at most. Verdict `unreachable`: no TLS that is still safe. */
export function speaksOldTls(behind: number): Promise<HostileServer> {
  const options: ServerOptions = {
    ...readCertificate("good"),
    ciphers: "DEFAULT@SECLEVEL=0",
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
  };
  return listensWithTls(options, behind);
}

function readFixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}
