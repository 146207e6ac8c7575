import { describe, expect, it } from "vitest";

import {
  createAuthenticator,
  type GuardedRequest,
  type NamedKey,
  type Protects,
  type ServedSystem,
  type Transport,
} from "../../src/authenticator/index.js";
import { TokenError, type TokenReason } from "../../src/tokens/errors.js";
import { FROZEN_NOW } from "../helpers/machine.js";
import { clock, KEY, WRONG } from "../helpers/site-client.js";

const OTHER = "Xb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
const get = (url: string, headers: GuardedRequest["headers"] = {}): GuardedRequest => ({
  method: "GET",
  url,
  headers,
});
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const marker = "app.auth.v1";
const secret = (key: string) => `app.key.${Buffer.from(key).toString("base64url")}`;

describe("bad options", () => {
  const good = { system: "jean2", keys: KEY };

  it.each<[object, RegExp]>([
    [{ system: "jean2" }, /^keys must be .*, or verifyJwt a function$/],
    [{ system: "jean2", keys: [{ name: "a" }] }, /^keys must be/],
    [{ system: "jean2", keys: [{ name: "", key: KEY }] }, /^the key must have a name of its own$/],
    [
      {
        system: "jean2",
        keys: [
          { name: "a", key: KEY },
          { name: "a", key: WRONG },
        ],
      },
      /^keys\[1\] must have a name of its own$/,
    ],
    [{ system: "jean2", keys: [{ name: "a", key: KEY, expires: "soon" }] }, /^expires of the key/],
    [{ system: "jean2", keys: [{ name: "a", key: KEY, expires: NaN }] }, /^expires of the key/],
    [{ ...good, verifyJwt: () => null }, /^keys and verifyJwt do not go together$/],
    [{ system: "haip", keys: KEY }, /^system haip takes JWTs: give verifyJwt in place of keys$/],
    [{ system: "haip", verifyJwt: KEY }, /^verifyJwt must be a function, got string$/],
    [{ ...good, transports: ["bearer"] }, /^system and transports do not go together$/],
    [{ keys: KEY, transports: [] }, /^transports must be a list/],
    [{ keys: KEY, transports: "bearer" }, /^transports must be a list/],
    [{ keys: KEY, transports: ["cookie"] }, /^transports must be a list/],
    [{ keys: KEY, transports: [{ header: "x key" }] }, /^transports must be a list/],
    [{ keys: KEY, transports: [{ header: "Authorization" }] }, /^transports must be a list/],
    [{ keys: KEY, transports: [{ query: "" }] }, /^transports must be a list/],
    [{ keys: KEY, transports: [{ protocols: { marker } }] }, /^transports must be a list/],
    [{ keys: KEY, transports: ["bearer"], realm: 'a"b' }, /^realm must be printable/],
    [{ ...good, realm: "a" }, /^realm goes with transports only$/],
    [{ ...good, allowedNetwork: [] }, /^allowedNetwork is no option of createAuthenticator$/],
    [{ ...good, allowedNetworks: "10.0.0.0/8" }, /^allowedNetworks must be an array/],
    [
      { ...good, allowedNetworks: ["10.1.2.3/8"] },
      /^allowedNetworks must hold .* got 10.1.2.3\/8$/,
    ],
    [{ ...good, allowedNetworks: ["10/8"] }, /^allowedNetworks must hold/],
    [{ ...good, allowedNetworks: ["10.0.0.0/33"] }, /^allowedNetworks must hold/],
    [{ ...good, allowedNetworks: ["fe80::1%eth0"] }, /^allowedNetworks must hold/],
    [{ ...good, trustedProxies: ["nginx"] }, /^trustedProxies must hold .* got nginx$/],
    [{ ...good, allowedHosts: ["https://a.example"] }, /^allowedHosts must hold/],
    [{ ...good, allowedHosts: "a.example" }, /^allowedHosts must be an array/],
    [{ ...good, limiter: true }, /^limiter must be an object/],
    [{ ...good, limiter: { tries: 0 } }, /^limiter.tries must be a whole number over 0, got 0$/],
    [{ ...good, limiter: { duration: 0.5 } }, /^limiter.duration must be a whole number over 0/],
    [{ ...good, limiter: { consume() {} } }, /^limiter.points must be .* got undefined$/],
    [{ ...good, onDecision: "log" }, /^onDecision must be a function, got string$/],
    [{ ...good, protects: /v1/ }, /^protects must be a function, got object$/],
    [{ ...good, clock: null }, /^clock must have a function now/],
  ])("%j is a mistake", (options, message) => {
    expect(() => createAuthenticator(options as never)).toThrow(TypeError);
    expect(() => createAuthenticator(options as never)).toThrow(message);
  });

  it.each<[string, readonly (string | NamedKey)[], string]>([
    ["a key twice", [KEY, { name: "b", key: KEY }], "keys[0] and keys[1] are the same key"],
    [
      "a name in the place of the key",
      [{ name: KEY, key: "desk" }],
      "the key is under 16 characters: it would keep nobody out",
    ],
    [
      "a key that no header carries",
      [`${KEY}é`],
      "the key has blanks or characters beyond ASCII, which not every header carries",
    ],
  ])("refuses %s, without showing it", (_what, keys, message) => {
    expect(() => createAuthenticator({ system: "jean2", keys })).toThrow(
      expect.objectContaining({ name: "KeywardError", code: "key-refused", message }),
    );
  });
});

describe("keys that expire", () => {
  it.each([
    [-1, KEY, { ok: true, identity: { name: "old" } }],
    [0, KEY, { ok: false, status: 401, code: "expired-key" }],
    [0, OTHER, { ok: true, identity: { name: "new" } }],
  ])("%i ms from the end", (ms, key, expected) => {
    let now = 0;
    const { authenticate } = createAuthenticator({
      system: "openjarvis",
      keys: [
        { name: "old", key: KEY, expires: FROZEN_NOW },
        { name: "new", key: OTHER },
      ],
      clock: { now: () => now },
    });
    now = FROZEN_NOW + ms;
    expect(authenticate(get("/v1/info", bearer(key)))).toMatchObject(expected);
  });

  it("are refused as any wrong key is, on the wire", () => {
    const keys = [{ name: "old", key: KEY, expires: FROZEN_NOW }];
    const { authenticate } = createAuthenticator({ system: "jean2", keys, clock });
    const { code: _a, ...expired } = authenticate(get("/api/x", bearer(KEY))) as { code: string };
    const { code: _b, ...wrong } = authenticate(get("/api/x", bearer(WRONG))) as { code: string };
    expect(expired).toEqual(wrong);
  });
});

describe("own transports", () => {
  const transports: Transport[] = [
    "bearer",
    { header: "X-API-Key" },
    { query: "key" },
    { protocols: { marker, prefix: "app.key." } },
  ];
  const own = createAuthenticator({ transports, keys: KEY });
  const offers = (...all: string[]) => ({ "sec-websocket-protocol": all.join(", ") });

  it.each<[string, GuardedRequest, object]>([
    ["Bearer", get("/", bearer(KEY)), { ok: true, via: "header" }],
    ["its scheme in any case", get("/", { authorization: `bEARER  ${KEY}` }), { ok: true }],
    ["a header", get("/", { "x-api-key": KEY }), { ok: true, via: "header" }],
    ["a query", get(`/?key=${KEY}`), { ok: true, via: "query" }],
    ["subprotocols", get("/", offers(secret(KEY), "x", marker)), { ok: true, via: "subprotocol" }],
  ])("takes %s", (_what, request, expected) => {
    expect(own.authenticate(request)).toMatchObject(expected);
  });

  it.each<[string, GuardedRequest, number, string, string]>([
    ["nothing", get("/"), 401, "missing-key", ""],
    ["another scheme", get("/", { authorization: "Basic eA==" }), 401, "missing-key", ""],
    ["a secret without the marker", get("/", offers(secret(KEY))), 401, "missing-key", ""],
    ["a wrong key", get("/", bearer(WRONG)), 401, "wrong-key", "invalid_token"],
    ["a wrong header", get("/", { "x-api-key": WRONG }), 401, "wrong-key", "invalid_token"],
    [
      "a bare scheme",
      get("/", { authorization: "Bearer" }),
      400,
      "invalid-request",
      "invalid_request",
    ],
    [
      "two headers",
      get("/", { authorization: [`Bearer ${KEY}`, `Bearer ${KEY}`] }),
      400,
      "invalid-request",
      "invalid_request",
    ],
    [
      "the key in two places",
      get(`/?key=${KEY}`, bearer(KEY)),
      400,
      "invalid-request",
      "invalid_request",
    ],
    [
      "a secret that is no base64url",
      get("/", offers(marker, "app.key.!")),
      400,
      "invalid-request",
      "invalid_request",
    ],
  ])("refuses %s as RFC 6750 has it", (_what, request, status, code, error) => {
    const challenge = error === "" ? 'Bearer realm="api"' : `Bearer realm="api", error="${error}"`;
    expect(own.authenticate(request)).toMatchObject({
      ok: false,
      status,
      code,
      headers: { "WWW-Authenticate": challenge, "Content-Type": "application/json" },
    });
  });

  it("names the realm, and answers preflights itself", () => {
    const named = createAuthenticator({ transports: ["bearer"], realm: "my agents", keys: KEY });
    expect(named.authenticate(get("/"))).toMatchObject({
      headers: { "WWW-Authenticate": 'Bearer realm="my agents"' },
    });
    const headers = { origin: "http://a.example", "access-control-request-method": "GET" };
    expect(named.authenticate({ method: "OPTIONS", url: "/", headers })).toEqual({
      ok: false,
      code: "preflight",
      status: 204,
      headers: {},
      body: "",
    });
    expect(named.authenticate({ method: "OPTIONS", url: "/", headers: {} })).toMatchObject({
      code: "missing-key",
    });
  });

  it("never lists a credential among the protocols", () => {
    const list = own.listProtocols(get("/", offers(secret(KEY), "mine", marker)));
    expect(list).toEqual(["mine", marker]);
  });

  it("leaves WWW-Authenticate out where a system has its own form", () => {
    for (const system of ["jean2", "openjarvis", "jean"] as const) {
      const { authenticate } = createAuthenticator({ system, keys: KEY });
      const refused = authenticate(get("/api/auth", bearer(WRONG)));
      expect(refused).toMatchObject({ ok: false, status: 401 });
      expect(JSON.stringify(refused)).not.toMatch(/www-authenticate/i);
    }
  });
});

describe("protects", () => {
  const wants = (protects: (path: string) => boolean, url: string) =>
    !createAuthenticator({ system: "openjarvis", keys: KEY, protects }).authenticate(get(url)).ok;
  const admin = (path: string) => path === "/admin" || path.startsWith("/admin/");
  const allBut = (path: string) => !path.startsWith("/public/");

  it.each([
    "/admin",
    "/admin/",
    "/Admin/x",
    "//admin/x",
    "/%61dmin",
    "/%2561dmin",
    "/admin%2fx",
    "/x/../admin",
    "/x/..%2fadmin",
    "/x%2f..%2f..%2fadmin/y",
    "/./admin",
    "/admin;a=1/x",
    "\\admin",
    "http://a.example/admin",
    "/admin/../x",
    `/x${"/.".repeat(1100)}`,
    "//x/admin//../secret",
    "//x/admin;a=1/../admin/y",
    "///admin",
    "/\\x/admin",
    "http:admin/x",
    "/x//../admin",
    "/x/..;/admin",
    "/x;/../admin",
    "/x%2f%2e%2e%2fadmin",
    "/x/%2e%2e%3b/admin",
    "/ad\tmin",
    "/adm%09in/x",
    "/admin%3fx",
    "/admin%23x",
    "/admin%00",
    "/x/y/..//..//admin",
    "/%2e/admin",
    "/admin%5cx",
    "/%2e%2e/../ADMIN/.%2e",
    "/x#/../admin",
    "/#/../admin",
    "/x#y",
    "/admin%00x",
    "//x@%61dmin",
    "",
  ])("a rule that names what it protects does on %j", (url) => {
    expect(wants(admin, url)).toBe(true);
  });

  it.each(["/über", "/%C3%BCber", "/%25C3%25BCber", "/\u00c3\u00bcber", "/%FCber", "/%c3%9cber"])(
    "a rule of letters beyond ASCII holds on %j",
    (url) => {
      expect(wants((path) => path === "/über", url)).toBe(true);
    },
  );

  it.each(["/", "/x", "/administrator", "/x/admin", "/a%20b", "/v1/info"])(
    "and does not on %j",
    (url) => {
      expect(wants(admin, url)).toBe(false);
    },
  );

  it.each([
    "/public/../x",
    "/public/%2e%2e/x",
    "/public%2f..%2fx",
    "/x",
    "/PUBLIC/x",
    "/public/..//x",
    "/public/..;/x",
    "//public/x",
  ])("a rule that names what is open protects %j", (url) => {
    expect(wants(allBut, url)).toBe(true);
  });

  it.each(["/public/x", "/public//x", "/public/my%20logo.svg", "/public/a?b=/x"])(
    "and not %j",
    (url) => {
      expect(wants(allBut, url)).toBe(false);
    },
  );
});

describe("protects and preflights", () => {
  const headers = { origin: "http://a.example", "access-control-request-method": "GET" };
  const preflight = { method: "OPTIONS", url: "/v1/x", headers };

  it("leaves a preflight to the handler where the rule says so, and answers any other", () => {
    const protects: Protects = (_path, { method }) => method !== "OPTIONS";
    const open = createAuthenticator({ transports: ["bearer"], keys: KEY, protects });
    expect(open.authenticate(preflight)).toEqual({ ok: true, identity: null, via: null });
    const shut = createAuthenticator({ transports: ["bearer"], keys: KEY, protects: () => true });
    expect(shut.authenticate(preflight)).toMatchObject({ code: "preflight", status: 204 });
  });

  // What each system's own CORS layer says; none of them reaches the handler.
  it.each<[ServedSystem, GuardedRequest, object]>([
    [
      "jean2",
      { method: "OPTIONS", url: "/api/x", headers: {} },
      { code: "preflight", status: 204, headers: { "Access-Control-Allow-Origin": "*" } },
    ],
    ["jean2", { method: "OPTIONS", url: "/ws", headers: {} }, { code: "missing-key", status: 401 }],
    [
      "jean",
      { method: "OPTIONS", url: "/api/init", headers: { origin: "tauri://localhost" } },
      {
        code: "preflight",
        status: 200,
        headers: { "Access-Control-Allow-Origin": "tauri://localhost" },
      },
    ],
    [
      "openjarvis",
      { ...preflight, headers: { ...headers, origin: "http://localhost:5173" } },
      {
        code: "preflight",
        status: 200,
        headers: { "Access-Control-Allow-Origin": "http://localhost:5173" },
      },
    ],
    ["openjarvis", preflight, { code: "preflight", status: 400 }],
    [
      "openjarvis",
      { method: "OPTIONS", url: "/v1/x", headers: {} },
      { code: "missing-key", status: 401 },
    ],
  ])("%s answers %o", (system, request, answer) => {
    expect(createAuthenticator({ system, keys: KEY }).authenticate(request)).toMatchObject(answer);
  });

  it("is told apart in the audit", () => {
    const outcomes: string[] = [];
    const { authenticate } = createAuthenticator({
      system: "openjarvis",
      keys: KEY,
      onDecision: ({ outcome }) => outcomes.push(outcome),
    });
    authenticate(preflight);
    expect(outcomes).toEqual(["preflight"]);
  });
});

// Node leaves all but the first Authorization header out of `headers`, so that a guard which looks
// there alone and a program behind it that looks at both would not see the same request.
describe("a credential that comes twice", () => {
  const twice = (first: string, second: string): GuardedRequest => ({
    method: "GET",
    url: "/api/init",
    headers: { authorization: `Bearer ${first}` },
    rawHeaders: ["Authorization", `Bearer ${first}`, "AUTHORIZATION", `Bearer ${second}`],
  });

  it.each<ServedSystem>(["jean2", "openjarvis", "jean"])("is refused as %s does", (system) => {
    const { authenticate } = createAuthenticator({ system, keys: KEY });
    expect(authenticate(twice(KEY, WRONG))).toMatchObject({ ok: false, status: 401 });
    expect(authenticate(twice(WRONG, KEY))).toMatchObject({ ok: false, status: 401 });
    expect(authenticate(twice(KEY, KEY))).toMatchObject({ ok: false, status: 401 });
  });

  it.each<[string, Transport, GuardedRequest]>([
    ["a bearer", "bearer", twice(KEY, KEY)],
    [
      "a header of its own",
      { header: "X-API-Key" },
      { ...get("/", { "x-api-key": KEY }), rawHeaders: ["X-API-Key", KEY, "x-api-key", KEY] },
    ],
    ["a query", { query: "token" }, get(`/?token=${KEY}&token=${KEY}`)],
    ["a query, once in another spelling", { query: "token" }, get(`/?token=${KEY}&t%6fken=${KEY}`)],
  ])("is refused in own transports: %s", (_what, transport, request) => {
    const { authenticate } = createAuthenticator({ transports: [transport], keys: KEY });
    expect(authenticate(request).ok).toBe(false);
  });
});

describe("verifyJwt", () => {
  const reasons: Record<string, TokenReason> = { late: "expired", bad: "bad-signature" };
  const { authenticate } = createAuthenticator({
    system: "haip",
    async verifyJwt(token) {
      const reason = reasons[token];
      if (reason !== undefined) throw new TokenError(reason, "refused");
      return token === "good" ? { user: "user-123", claims: { sub: "s" } } : null;
    },
  });
  const sse = (token: string) => authenticate(get(`/haip/sse?token=${token}`));

  it("gives the user and the claims", async () => {
    expect(await sse("good")).toEqual({
      ok: true,
      identity: { name: "user-123", claims: { sub: "s" } },
      via: "query",
    });
  });

  it.each([
    ["", "MISSING_TOKEN", "missing-key"],
    ["late", "TOKEN_EXPIRED", "expired-key"],
    ["bad", "INVALID_TOKEN", "wrong-key"],
    ["null", "INVALID_TOKEN", "wrong-key"],
  ])("refuses %j with HAIP's documented %s", async (token, code, ours) => {
    const decision = await sse(token);
    expect(decision).toMatchObject({ ok: false, status: 401, code: ours });
    const { body } = decision as { body: string };
    expect(JSON.parse(body)).toMatchObject({ type: "ERROR", channel: "SYSTEM", payload: { code } });
  });

  it("takes what the verifier must not give for its failure", async () => {
    const odd = createAuthenticator({ system: "haip", verifyJwt: () => ({ sub: "x" }) as never });
    const decision = await odd.authenticate(get("/haip/sse?token=x"));
    expect(decision).toMatchObject({ status: 503, code: "verifier-failed" });
  });

  it("stands in for keys in any system's forms", async () => {
    const jean = createAuthenticator({
      system: "jean",
      verifyJwt: (token) => (token === "good" ? { user: "u" } : null),
    });
    expect(await jean.authenticate(get("/api/init", bearer("good")))).toMatchObject({ ok: true });
    expect(await jean.authenticate(get("/api/init", bearer("x")))).toMatchObject({
      status: 401,
      body: "Invalid token",
    });
  });
});
