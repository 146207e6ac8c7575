import { decodeKey } from "../systems/openjarvis/openjarvis-wire.js";
import {
  isPreflight,
  listOffers,
  readHeader,
  readQuery,
} from "../systems/contract/request-parts.js";
import type { AuthRequest, PresentedCredential } from "../systems/contract/wire.js";
import type { RequestForms } from "../systems/contract/wire.js";

/**
 * A place of your own choosing where a request may carry the credential.
 *
 * - `bearer` the `Authorization` header as RFC 6750 has it
 * - `{ header }` a header that holds nothing else, like `X-API-Key`
 * - `{ query }` a name in the query, for browsers' WebSockets and event streams; it ends up in logs
 * - `{ protocols }` a pair of WebSocket subprotocols, as OpenJarvis has it: the marker, and the
 *   prefix with the unpadded base64url of the credential
 */
export type Transport =
  | "bearer"
  | { readonly header: string }
  | { readonly query: string }
  | { readonly protocols: { readonly marker: string; readonly prefix: string } };

const httpToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const bearerValue = /^bearer +([!-~]+)$/i;

/** @throws TypeError for what is no such list */
export function readTransports(option: unknown): readonly Transport[] {
  if (!Array.isArray(option) || option.length === 0 || !option.every(isTransport)) {
    throw new TypeError(
      'transports must be a list of "bearer", { header }, { query } and { protocols: { marker, prefix } }',
    );
  }
  return option;
}

function isTransport(each: unknown): each is Transport {
  if (typeof each !== "object" || each === null) return each === "bearer";
  if ("header" in each)
    return isToken(each.header) && each.header.toLowerCase() !== "authorization";
  if ("query" in each) return typeof each.query === "string" && each.query !== "";
  if (!("protocols" in each) || typeof each.protocols !== "object" || !each.protocols) return false;
  const { marker, prefix }: { marker?: unknown; prefix?: unknown } = each.protocols;
  return isToken(marker) && isToken(prefix) && !marker.startsWith(prefix);
}

function isToken(name: unknown): name is string {
  return typeof name === "string" && httpToken.test(name);
}

/**
 * Forms of a server of your own: everything is protected, and a refusal says what RFC 6750 wants
 * said. A request with two credentials is refused, whichever is good. A browser's preflight is
 * answered with no more than that it was understood: no page of another origin may go on.
 */
export function formsOfTransports(transports: readonly Transport[], realm: string): RequestForms {
  const challenge = `Bearer realm="${realm}"`;

  /** What each transport finds; null for a place that holds what is no credential. */
  function collect(request: AuthRequest): (PresentedCredential | null)[] {
    return transports.flatMap((transport) => readCredentials(transport, request));
  }

  return {
    isProtected: () => true,

    answerPreflight: (request) =>
      isPreflight(request) ? { status: 204, headers: {}, body: "" } : null,

    credentials(request) {
      const [first, ...others] = collect(request);
      return first && others.length === 0 ? [first] : [];
    },

    refuse(request, reason) {
      const found = collect(request);
      if (found.length === 0) return unauthorized("missing-key", "a key is required", challenge);
      if (found.length > 1 || found[0] === null) {
        return {
          code: "invalid-request",
          status: 400,
          headers: { ...jsonType, "WWW-Authenticate": `${challenge}, error="invalid_request"` },
          body: JSON.stringify({
            error: "Bad Request",
            message: "one key is required, in one place",
          }),
        };
      }
      return unauthorized(reason, "the key is not valid", `${challenge}, error="invalid_token"`);
    },

    isSecretProtocol: (offer) =>
      transports.some(
        (transport) =>
          typeof transport === "object" &&
          "protocols" in transport &&
          offer.startsWith(transport.protocols.prefix),
      ),
  };
}

const jsonType = { "Content-Type": "application/json" };

function unauthorized(
  code: "missing-key" | "wrong-key" | "expired-key",
  message: string,
  challenge: string,
) {
  const headers = { ...jsonType, "WWW-Authenticate": challenge };
  return { code, status: 401, headers, body: JSON.stringify({ error: "Unauthorized", message }) };
}

function readCredentials(
  transport: Transport,
  request: AuthRequest,
): (PresentedCredential | null)[] {
  if (transport === "bearer") {
    const header = readHeader(request, "authorization") ?? "";
    // Another scheme is nothing that was asked for.
    if (!/^bearer(?: |$)/i.test(header)) return [];
    const value = bearerValue.exec(header)?.[1];
    return [value === undefined ? null : { value, via: "header" }];
  }
  if ("header" in transport) {
    const value = readHeader(request, transport.header.toLowerCase()) ?? "";
    return value === "" ? [] : [{ value, via: "header" }];
  }
  if ("query" in transport) {
    const values = readQuery(request).getAll(transport.query);
    return values.filter((value) => value !== "").map((value) => ({ value, via: "query" }));
  }
  const { marker, prefix } = transport.protocols;
  const offers = listOffers(request);
  const secret = offers.filter((offer) => offer.startsWith(prefix));
  if (!offers.includes(marker)) return [];
  return secret.map((offer) => {
    const value = decodeKey(offer.slice(prefix.length));
    return value === null ? null : { value, via: "subprotocol" };
  });
}
