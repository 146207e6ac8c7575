import { KeywardError } from "../errors.js";
import { assessKey } from "../keys/strength.js";
import { jeanWire } from "../systems/jean-wire.js";
import { jean2Wire } from "../systems/jean2-wire.js";
import { openjarvisWire } from "../systems/openjarvis-wire.js";
import type { AuthRequest, RefusalCode, Via, WireForms } from "../systems/wire.js";
import { createKeyRing, type Identity, type KeyRing } from "./key-ring.js";

/** The systems whose wire forms a server can take on. */
export type ServedSystem = "jean2" | "openjarvis" | "jean";

/** What {@link createAuthenticator} wants to know. */
export interface AuthenticatorOptions {
  /** Whose wire forms: where the credential stands, what is protected, how a refusal looks. */
  readonly system: ServedSystem;
  /** The key, or several while a rotation overlaps. */
  readonly keys: string | readonly string[];
}

/** The request may go on; `identity` and `via` are null where the system wants no key. */
export interface Accepted {
  readonly ok: true;
  readonly identity: Identity | null;
  readonly via: Via | null;
}

/** The request must not reach the handler; the rest is the answer to write instead. */
export interface Refused {
  readonly ok: false;
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Decides about requests; made by {@link createAuthenticator}. */
export interface Authenticator {
  /** Never throws on anything that a client may send. */
  readonly authenticate: (request: AuthRequest) => Accepted | Refused;
}

const wires: Readonly<Record<ServedSystem, WireForms>> = {
  jean2: jean2Wire,
  openjarvis: openjarvisWire,
  jean: jeanWire,
};

/**
 * Makes the part of a server that lets the holders of a key in, by a system's own wire forms.
 *
 * @throws KeywardError `no-key` without a key or with an empty one, `key-refused` for a placeholder
 *   or a key under 16 characters; TypeError for a system that does not exist
 * @example
 * const { authenticate } = createAuthenticator({ system: "jean2", keys: key });
 * const server = createServer((request, response) => {
 *   const result = authenticate(request);
 *   if (!result.ok) return response.writeHead(result.status, result.headers).end(result.body);
 *   …
 * });
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const wire = Object.hasOwn(wires, options.system) ? wires[options.system] : undefined;
  if (wire === undefined) {
    const known = Object.keys(wires).join(", ");
    throw new TypeError(`system must be one of ${known}, got ${options.system as string}`);
  }
  const keys = typeof options.keys === "string" ? [options.keys] : options.keys;
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== "string")) {
    throw new TypeError("keys must be a string or an array of strings");
  }
  if (keys.length === 0) throw new KeywardError("no-key", "there is no key to ask for", { hint });
  for (const key of keys as readonly string[]) checkKey(key);
  const ring = createKeyRing(keys);
  return { authenticate: (request) => judge(wire, ring, request) };
}

const hint = "make one: keyward auth generate-key";

function checkKey(key: string): void {
  const { strength, reason, message } = assessKey(key);
  if (strength !== "none") return;
  const code = reason === "empty" ? "no-key" : "key-refused";
  throw new KeywardError(code, `the key is ${message}: it would keep nobody out`, { hint });
}

/** The decision itself: one request, by one system's wire forms, against these keys. */
export function judge(wire: WireForms, ring: KeyRing, request: AuthRequest): Accepted | Refused {
  if (!wire.isProtected(request)) return { ok: true, identity: null, via: null };
  for (const { value, via } of wire.credentials(request)) {
    const identity = ring(value);
    if (identity !== null) return { ok: true, identity, via };
  }
  return { ok: false, ...wire.refuse(request) };
}
