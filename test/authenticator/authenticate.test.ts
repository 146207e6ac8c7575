import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createAuthenticator, type ServedSystem } from "../../src/authenticator/index.js";
import type { AuthRequest } from "../../src/systems/contract/wire.js";
import { KEY, WRONG } from "../helpers/site-client.js";

const systems: readonly ServedSystem[] = ["jean2", "openjarvis", "jean"];
const guarded = { jean2: "/api/auth/verify", openjarvis: "/v1/info", jean: "/api/auth" };
const upgrade = { connection: "keep-alive, Upgrade", upgrade: "WebSocket" };
const marker = "openjarvis.auth.v1";
const offer = (key: string) => `openjarvis.key.b64url.${Buffer.from(key).toString("base64url")}`;

const get = (url: string, headers: AuthRequest["headers"] = {}): AuthRequest => ({
  method: "GET",
  url,
  headers,
});

/** Without lone surrogates, which no query can carry. */
function wellFormed(value: string): string {
  return Buffer.from(value).toString();
}

describe("createAuthenticator", () => {
  it.each([
    ["no key", [], "no-key", "there is no key to ask for"],
    ["an empty key", "", "no-key", "the key is empty: it would keep nobody out"],
    ["blanks", "  ", "no-key", "the key is empty: it would keep nobody out"],
    [
      "a placeholder",
      "your-secret-token",
      "key-refused",
      "the key is a placeholder from documentation: it would keep nobody out",
    ],
    [
      "a short key beside a good one",
      [KEY, "0123456789abcde"],
      "key-refused",
      "keys[1] is under 16 characters: it would keep nobody out",
    ],
  ])("refuses %s", (_name, keys, code, message) => {
    expect(() => createAuthenticator({ system: "jean2", keys })).toThrow(
      expect.objectContaining({
        name: "KeywardError",
        code,
        message,
        hint: "make one: keyward auth generate-key",
      }),
    );
  });

  it.each([
    ["a system that does not exist", { system: "toString", keys: KEY }, /^system must be one of/],
    ["keys that are none", { system: "jean2", keys: undefined }, /^keys must be a string/],
    ["a key that is none", { system: "jean2", keys: [KEY, null] }, /^keys must be a string/],
  ])("takes %s for a mistake", (_name, options, message) => {
    expect(() => createAuthenticator(options as never)).toThrow(TypeError);
    expect(() => createAuthenticator(options as never)).toThrow(message);
  });

  it.each<[string, ServedSystem, AuthRequest, object]>([
    [
      "a header",
      "jean2",
      get(guarded.jean2, { authorization: `Bearer ${KEY}` }),
      { ok: true, identity: { name: "key-2" }, via: "header" },
    ],
    [
      "a query",
      "jean2",
      get(`/ws?token=${KEY}`),
      { ok: true, identity: { name: "key-2" }, via: "query" },
    ],
    [
      "a subprotocol",
      "openjarvis",
      get("/v1/chat/stream", {
        ...upgrade,
        "sec-websocket-protocol": [marker, offer(KEY)],
      }),
      { ok: true, identity: { name: "key-2" }, via: "subprotocol" },
    ],
    ["an open route", "openjarvis", get("/health"), { ok: true, identity: null, via: null }],
    ["nothing", "openjarvis", get("/v1/info"), { ok: false, status: 401, code: "missing-key" }],
    [
      "a wrong key",
      "openjarvis",
      get("/v1/info", { authorization: `Bearer ${WRONG}` }),
      { ok: false, status: 401, code: "wrong-key" },
    ],
    ["nothing", "jean2", get("/api/x"), { ok: false, status: 401, code: "missing-key" }],
    ["a wrong key", "jean2", get("/api/x?token=x"), { ok: false, code: "wrong-key" }],
    ["an empty key", "jean2", get("/api/x", { authorization: "Bearer " }), { code: "missing-key" }],
    [
      "two headers in one",
      "jean2",
      get("/api/x", { authorization: [`Bearer ${KEY}`, "Bearer x"] }),
      { code: "wrong-key" },
    ],
    [
      "a wrong subprotocol",
      "openjarvis",
      get("/v1/chat/stream", {
        ...upgrade,
        "sec-websocket-protocol": `${marker}, ${offer(WRONG)}`,
      }),
      { ok: false, status: 403, code: "wrong-key", body: "" },
    ],
    ["no target", "jean2", { headers: {} }, { ok: false, code: "missing-key" }],
    ["an empty target", "openjarvis", get(""), { ok: false, code: "missing-key" }],
  ])("judges %s for %s", (_name, system, request, expected) => {
    const keys = ["another-key-that-is-good-0123456789", KEY];
    expect(createAuthenticator({ system, keys }).authenticate(request)).toMatchObject(expected);
  });

  it("accepts each of a thousand keys by its own name", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `${KEY}${index}`);
    const { authenticate } = createAuthenticator({ system: "jean2", keys });
    for (const [index, key] of keys.entries()) {
      const result = authenticate(get(`/api/x?token=${key}`));
      expect(result).toMatchObject({ ok: true, identity: { name: `key-${index + 1}` } });
    }
    expect(authenticate(get(`/api/x?token=${KEY}1000`)).ok).toBe(false);
  });

  it("never accepts anything but the key, and never repeats it", () => {
    const garbage = fc
      .oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", " ", "null", "undefined", "*", "true", "[object Object]", "__proto__"),
        fc.nat(KEY.length).map((at) => KEY.slice(0, at)),
        fc.string({ minLength: 1 }).map((more) => KEY + more),
        fc.string({ minLength: 1 }).map((before) => before + KEY),
        fc.constantFrom(KEY.toLowerCase(), KEY.toUpperCase(), `"${KEY}"`, `${KEY},${KEY}`),
        fc
          .tuple(fc.nat(KEY.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
          .map(([at, letter]) => KEY.slice(0, at) + letter + KEY.slice(at + 1)),
      )
      .filter((value) => value !== KEY);
    const authenticators = {
      jean2: createAuthenticator({ system: "jean2", keys: KEY }),
      openjarvis: createAuthenticator({ system: "openjarvis", keys: KEY }),
      jean: createAuthenticator({ system: "jean", keys: KEY }),
    };
    const open = {
      jean2: /^\/(?:v1|metrics)/,
      openjarvis: /^\/ws/,
      jean: /^\/(?:v1|metrics|api\/x)/,
    };
    const scheme = fc.constantFrom("Bearer ", "bearer ", "Basic ", "Bearer  ", "", "Token ");
    const routes = ["/api/x", "/api/init", "/v1/x", "/ws", "/ws/terminal", "/metrics"];
    const route = fc.constantFrom(...routes);

    fc.assert(
      fc.property(garbage, scheme, route, fc.boolean(), (value, word, path, socket) => {
        const request = get(`${path}?token=${encodeURIComponent(wellFormed(value))}`, {
          authorization: word + value,
          "x-api-key": KEY,
          "sec-websocket-protocol": `${marker}, ${offer(value)}`,
          ...(socket && upgrade),
        });
        fc.pre(word + value !== `Bearer ${KEY}` && word + value !== `bearer ${KEY}`);
        for (const system of systems) {
          const result = authenticators[system].authenticate(request);
          expect(result.ok).toBe(open[system].test(path));
          expect(JSON.stringify(result)).not.toContain(KEY);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("does not throw on any request", () => {
    const { authenticate } = createAuthenticator({ system: "openjarvis", keys: KEY });
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.string()),
      fc.constant(undefined),
    );
    const names = ["authorization", "connection", "upgrade", "origin", "sec-websocket-protocol"];
    const headers = fc.dictionary(fc.constantFrom(...names), value);
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: "binary" }), headers, (method, url, headers) => {
        expect(authenticate({ method, url, headers })).toHaveProperty("ok");
      }),
    );
  });
});
