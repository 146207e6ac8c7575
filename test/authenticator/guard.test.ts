import { RateLimiterMemory } from "rate-limiter-flexible";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  type AuditEvent,
  createAuthenticator,
  type GuardedRequest,
  type GuardOptions,
} from "../../src/authenticator/index.js";
import { TokenError } from "../../src/tokens/errors.js";
import { FROZEN_NOW } from "../helpers/machine.js";
import { KEY, WRONG } from "../helpers/site-client.js";

const from = (ip: string | undefined, key = KEY, headers = {}): GuardedRequest => ({
  method: "GET",
  url: "/v1/info?x=1",
  headers: { authorization: `Bearer ${key}`, host: "a.example:8000", ...headers },
  ip,
});
const guarded = (options: GuardOptions) =>
  createAuthenticator({ system: "openjarvis", keys: KEY, ...options }).authenticate;

describe("allowedNetworks", () => {
  const allowedNetworks = ["10.0.0.0/8", "192.168.1.7", "2001:db8::/32"];

  it.each([
    ["10.255.0.1", true],
    ["::ffff:10.0.0.1", true],
    ["192.168.1.7", true],
    ["2001:db8:ffff::1", true],
    ["11.0.0.1", false],
    ["192.168.1.8", false],
    ["2001:db9::1", false],
    ["127.0.0.1", false],
    ["10.1", false],
    ["", false],
    [undefined, false],
  ])("%s: %s", (ip, ok) => {
    const answer = guarded({ allowedNetworks })(from(ip));
    expect(answer).toMatchObject(ok ? { ok } : { ok, status: 403, code: "network-refused" });
  });

  it("holds for open routes, too", () => {
    const request = { ...from("11.0.0.1"), url: "/health" };
    expect(guarded({ allowedNetworks })(request)).toMatchObject({ code: "network-refused" });
  });

  it.each<[string, string | undefined, string | undefined, boolean]>([
    ["nobody's word but a proxy's counts", "11.0.0.1", "10.0.0.1", false],
    ["a proxy's word counts", "127.0.0.1", "10.0.0.1", true],
    ["the last address is the one that the proxy saw", "127.0.0.1", "10.0.0.1, 11.0.0.1", false],
    ["what stands before it may be invented", "127.0.0.1", "nonsense, 10.0.0.1", true],
    ["another proxy's word counts in turn", "127.0.0.1", "10.0.0.1, 172.16.0.5", true],
    ["and only in turn", "127.0.0.1", "10.0.0.1, 11.0.0.1, 172.16.0.5", false],
    ["a port may stand behind", "127.0.0.1", "10.0.0.1:4711", true],
    ["also behind IPv6", "127.0.0.1", "[2001:db8::1]:4711", true],
    ["what is no address is nobody", "127.0.0.1", "10.0.0.1, unknown", false],
    ["an empty header is nobody", "127.0.0.1", "", false],
    ["without a header it is the proxy itself", "172.16.0.5", undefined, false],
    ["a mapped proxy is a proxy", "::ffff:127.0.0.1", "10.0.0.1", true],
  ])("behind proxies: %s", (_rule, ip, forwarded, ok) => {
    const trustedProxies = ["127.0.0.1", "172.16.0.0/12"];
    const request = from(ip, KEY, { "x-forwarded-for": forwarded });
    expect(guarded({ allowedNetworks, trustedProxies })(request).ok).toBe(ok);
  });

  it("believes no X-Forwarded-For where no proxy is named", () => {
    const request = from("11.0.0.1", KEY, { "x-forwarded-for": "10.0.0.1" });
    expect(guarded({ allowedNetworks })(request).ok).toBe(false);
  });
});

describe("allowedHosts", () => {
  const allowedHosts = ["a.example", "LOCALHOST:8742", "[::1]"];

  it.each([
    ["a.example", true],
    ["A.EXAMPLE.", true],
    ["a.example:1", true],
    ["localhost:8742", true],
    ["[::1]:8742", true],
    ["localhost", false],
    ["localhost:80", false],
    ["b.a.example", false],
    ["a.example.evil.example", false],
    ["a.example@evil.example", false],
    ["a.example, evil.example", false],
    ["", false],
    [undefined, false],
  ])("%s: %s", (host, ok) => {
    const answer = guarded({ allowedHosts })(from("127.0.0.1", KEY, { host }));
    expect(answer).toMatchObject(ok ? { ok } : { ok, status: 421, code: "host-refused" });
  });
});

describe("limiter", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: FROZEN_NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const refused = { ok: false, status: 401, code: "wrong-key" };
  const limited = { ok: false, status: 429, code: "too-many-tries" };

  it("keeps a client out for the rest of 15 minutes after 5 wrong keys, and then no more", async () => {
    const authenticate = guarded({ limiter: {} });
    for (let i = 0; i < 5; i++)
      expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(refused);
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject({
      ...limited,
      headers: { "Retry-After": "900" },
    });
    expect(authenticate(from("11.0.0.2", WRONG))).toMatchObject(refused);
    await vi.advanceTimersByTimeAsync(899_999);
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject({
      ...limited,
      headers: { "Retry-After": "1" },
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(refused);
  });

  it("lets a right key in, whatever others have tried from the same address", () => {
    const authenticate = guarded({ limiter: { tries: 1 } });
    for (let i = 0; i < 20; i++) authenticate(from("11.0.0.1", WRONG));
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(limited);
    expect(authenticate(from("11.0.0.1"))).toMatchObject({ ok: true });
  });

  it("takes a missing address for a mistake of the program, and no address for a client's", () => {
    const authenticate = guarded({ limiter: {} });
    expect(() => authenticate(from(undefined))).toThrow(
      new TypeError("limiter counts by the client's address: give it as ip"),
    );
    expect(authenticate(from(""))).toMatchObject({ ok: true });
  });

  it("takes a /48 for one client, too, once many of its /64s have tried", () => {
    const authenticate = guarded({ limiter: { tries: 1 } });
    const host = (n: number) => `2001:db8:0:${n.toString(16)}::1`;
    for (let n = 0; n < 16; n++) {
      expect(authenticate(from(host(n), WRONG))).toMatchObject(refused);
    }
    expect(authenticate(from(host(16), WRONG))).toMatchObject(limited);
    expect(authenticate(from("2001:db8:1::1", WRONG))).toMatchObject(refused);
  });

  it("remembers ten thousand clients and no more", () => {
    const authenticate = guarded({ limiter: { tries: 1 } });
    authenticate(from("11.0.0.1", WRONG));
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(limited);
    for (let n = 0; n < 10_000; n++) {
      authenticate(from(`12.0.${n >> 8}.${n & 255}`, WRONG));
    }
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(refused);
  });

  it("does not count open routes, missing keys, expired keys and good ones", () => {
    const keys = [KEY, { name: "old", key: WRONG, expires: FROZEN_NOW }];
    const { authenticate } = createAuthenticator({ system: "openjarvis", keys, limiter: {} });
    for (let i = 0; i < 20; i++) {
      authenticate({ ...from("11.0.0.1", "nonsense"), url: "/health" });
      authenticate({ ...from("11.0.0.1"), headers: {} });
      authenticate(from("11.0.0.1", WRONG));
      expect(authenticate(from("11.0.0.1"))).toMatchObject({ ok: true });
    }
  });

  it("leaves open routes open", () => {
    const authenticate = guarded({ limiter: { tries: 1, duration: 60 } });
    authenticate(from("11.0.0.1", WRONG));
    const again = authenticate(from("11.0.0.1", WRONG));
    expect(again).toMatchObject({ headers: { "Retry-After": "60" } });
    expect(authenticate({ ...from("11.0.0.1"), url: "/health" })).toMatchObject({ ok: true });
  });

  it.each([
    ["one /64 is one client", "2001:db8::1", "2001:db8::ffff:2", false],
    ["another /64 is another", "2001:db8::1", "2001:db8:0:1::1", true],
    ["a mapped address is its IPv4", "11.0.0.1", "::ffff:11.0.0.1", false],
    ["all whose address is none are one", "", "nonsense", false],
  ])("%s", (_rule, first, second, free) => {
    const authenticate = guarded({ limiter: { tries: 1 } });
    authenticate(from(first, WRONG));
    expect(authenticate(from(second, WRONG))).toMatchObject(free ? refused : limited);
  });

  it("tells clients behind a named proxy apart", () => {
    const authenticate = guarded({ limiter: { tries: 1 }, trustedProxies: ["127.0.0.1"] });
    const via = (client: string, key: string) =>
      authenticate(from("127.0.0.1", key, { "x-forwarded-for": client }));
    via("11.0.0.1", WRONG);
    expect(via("11.0.0.1", WRONG)).toMatchObject(limited);
    expect(via("11.0.0.2", WRONG)).toMatchObject(refused);
  });

  it("counts on a store that is shared with another process", async () => {
    const limiter = new RateLimiterMemory({ points: 3, duration: 60 });
    const [one, other] = [guarded({ limiter }), guarded({ limiter })];
    for (let i = 0; i < 3; i++) one(from("11.0.0.1", WRONG));
    expect(one(from("11.0.0.1", WRONG))).toMatchObject(limited);
    expect(other(from("11.0.0.1", WRONG))).toMatchObject(refused);
    await vi.advanceTimersByTimeAsync(0);
    const known = other(from("11.0.0.1", WRONG));
    expect(known).toMatchObject({ ...limited, headers: { "Retry-After": "60" } });
  });

  it("goes on counting when the store fails", async () => {
    const consume = () => Promise.reject(new Error("connection lost"));
    const authenticate = guarded({ limiter: { points: 2, duration: 60, consume } });
    authenticate(from("11.0.0.1", WRONG));
    await vi.advanceTimersByTimeAsync(0);
    authenticate(from("11.0.0.1", WRONG));
    await vi.advanceTimersByTimeAsync(0);
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(limited);
  });

  it("counts each credential of a request", () => {
    const authenticate = guarded({ limiter: { tries: 2 } });
    const key = Buffer.from(WRONG).toString("base64url");
    const protocols = `openjarvis.auth.v1, openjarvis.key.b64url.${key}`;
    const upgrade = { connection: "upgrade", upgrade: "websocket" };
    authenticate(from("11.0.0.1", WRONG, { ...upgrade, "sec-websocket-protocol": protocols }));
    expect(authenticate(from("11.0.0.1", WRONG))).toMatchObject(limited);
  });
});

describe("onDecision", () => {
  const keys = [
    { name: "desk", key: KEY },
    { name: "old", key: WRONG, expires: new Date(FROZEN_NOW) },
  ];

  it.each<[string, GuardedRequest, Partial<AuditEvent>]>([
    ["a good key", from("11.0.0.1"), { identity: "desk", outcome: "accepted" }],
    ["an expired key", from("11.0.0.1", WRONG), { identity: "old", outcome: "expired-key" }],
    ["a wrong key", from("11.0.0.1", `${KEY}x`), { identity: null, outcome: "wrong-key" }],
    [
      "no key",
      { ...from("11.0.0.1"), headers: { host: "a.example" } },
      { identity: null, outcome: "missing-key" },
    ],
    [
      "an open route",
      { ...from("11.0.0.1"), url: `/health?token=${KEY}` },
      { identity: null, path: "/health", outcome: "open" },
    ],
    ["another host", from("11.0.0.1", KEY, { host: "b" }), { outcome: "host-refused" }],
    [
      "another network, and a path that would break a log line",
      { ...from("12.0.0.1"), method: "A\n", url: `/v1/a\r\nb#${KEY}` },
      { client: "12.0.0.1", method: "A?", path: "/v1/a??b", outcome: "network-refused" },
    ],
  ])("is told of %s", (_what, request, expected) => {
    const events: AuditEvent[] = [];
    const { authenticate } = createAuthenticator({
      system: "openjarvis",
      keys,
      allowedNetworks: ["11.0.0.0/8"],
      allowedHosts: ["a.example"],
      clock: { now: () => FROZEN_NOW },
      onDecision: (event) => events.push(event),
    });
    authenticate(request);
    const usual = { time: FROZEN_NOW, client: "11.0.0.1", method: "GET", path: "/v1/info" };
    expect(events).toEqual([{ identity: null, ...usual, ...expected }]);
    expect(JSON.stringify(events)).not.toContain(KEY);
  });

  it("is told of a verifier that fails, and the request gets 503", async () => {
    const events: AuditEvent[] = [];
    const error = new Error("no answer");
    const { authenticate } = createAuthenticator({
      system: "haip",
      verifyJwt: () => Promise.reject(error),
      onDecision: (event) => events.push(event),
      clock: { now: () => FROZEN_NOW },
    });
    const decision = await authenticate({ url: "/haip/sse?token=x", headers: {} });
    expect(decision).toMatchObject({ ok: false, status: 503, code: "verifier-failed" });
    expect(events).toMatchObject([{ outcome: "verifier-failed", error }]);
  });

  it("knows whom a JWT is for, and no more of an expired one than that", async () => {
    const events: AuditEvent[] = [];
    const { authenticate } = createAuthenticator({
      system: "haip",
      verifyJwt: (token) => {
        if (token === "late") throw new TokenError("expired", "the token has expired");
        return { user: token };
      },
      onDecision: (event) => events.push(event),
    });
    await authenticate({ url: "/haip/sse?token=ann", headers: {} });
    await authenticate({ url: "/haip/sse?token=late", headers: {} });
    expect(events).toMatchObject([
      { identity: "ann", outcome: "accepted" },
      { identity: null, outcome: "expired-key" },
    ]);
  });
});
