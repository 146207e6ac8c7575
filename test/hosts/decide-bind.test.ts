import { describe, expect, it } from "vitest";

import { decideBind, type BindOptions } from "../../src/hosts/decide-bind.js";
import type { LookUpHost } from "../../src/hosts/resolve-host.js";

const fix = "jean2 auth generate-key --write";
const hint = `run: ${fix}, or listen on 127.0.0.1`;

/** A resolver that knows these names and fails as the system's does for any other. */
const lookup: LookUpHost = async (name) => {
  const known: Readonly<Record<string, readonly string[]>> = {
    "home.example": ["127.0.0.1", "::1", "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "half.example": ["127.0.0.1", "10.0.0.5"],
    "lan.example": ["192.168.1.5"],
    "any.example": ["127.0.0.1", "0.0.0.0"],
    "odd.example": ["127.0.0.1", "localhost"],
    "empty.example": [],
  };
  const addresses = known[name];
  if (addresses !== undefined) return addresses.map((address) => ({ address }));
  throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
};

const noLookup: LookUpHost = async (name) => {
  throw new Error(`nobody should look up ${name}`);
};

const decide = (host: string, rest: Partial<BindOptions> = {}) =>
  decideBind({ host, keyConfigured: false, fix, lookup: noLookup, ...rest });

describe("decideBind", () => {
  it.each([
    ["0.0.0.0", "all-interfaces", "0.0.0.0 is every network interface of this machine"],
    ["", "all-interfaces", '"" is every network interface of this machine'],
    ["192.168.1.5", "private", "192.168.1.5 is an address in your local network"],
    [
      "fe80::1%eth0",
      "link-local",
      "fe80::1%eth0 is a link-local address, open to the whole network segment",
    ],
    ["100.64.1.1", "shared", "100.64.1.1 is in 100.64.0.0/10, a range of carriers and tailnets"],
    ["8.8.8.8", "public", "8.8.8.8 is a public address"],
  ])("wants a key on %j", async (host, scope, message) => {
    const without = { host, scope, safe: false, keyConfigured: false, hint };
    expect(await decide(host)).toMatchObject({
      ...without,
      reason: { code: "exposed-without-key", message: `${message}, and no key is configured` },
    });
    const decision = await decide(host, { keyConfigured: true });
    expect(decision).toMatchObject({
      host,
      scope,
      safe: true,
      keyConfigured: true,
      reason: { code: "key-configured", message: `${message}, and a key is configured` },
    });
    expect(decision).not.toHaveProperty("hint");
  });

  it.each(["127.0.0.1", "::1", "localhost", "LOCALHOST.", "::ffff:127.0.0.1"])(
    "lets %s be, key or not",
    async (host) => {
      const message = `${host} is loopback, which only this machine reaches`;
      for (const keyConfigured of [false, true]) {
        expect(await decide(host, { keyConfigured })).toMatchObject({
          host,
          safe: true,
          scope: "loopback",
          keyConfigured,
          reason: { code: "loopback", message },
        });
      }
    },
  );

  it.each([
    ["127.1", "write it as 127.0.0.1"],
    ["255.255.255.255", "listen on 127.0.0.1"],
    ["my_box", "listen on 127.0.0.1"],
  ])("refuses the invalid %s, key or not", async (host, hint) => {
    for (const keyConfigured of [false, true]) {
      const decision = await decide(host, { keyConfigured });
      expect(decision).toMatchObject({ safe: false, scope: "invalid", addresses: [], hint });
      expect(decision.reason.code).toBe("invalid-host");
      expect(decision.reason.message).toMatch(new RegExp(`^${host} is not a host to listen on: `));
    }
  });

  it.each([
    [
      "http://user:hunter2@example.com/",
      "…@example.com/ is not a host to listen on: it is a URL, not a host",
    ],
    [
      "http://127.0.0.1/?token=hunter2",
      "http://127.0.0.1/?… is not a host to listen on: it is a URL, not a host",
    ],
    [
      "a\u{1b}[31m\n",
      "a\\u{1b}[31m\\u{a} is not a host to listen on: it contains a control or invisible character",
    ],
    [
      "x".repeat(300),
      `${"x".repeat(79)}… is not a host to listen on: it is too long for a host name`,
    ],
  ])("shows %j fit for a terminal, and no secret of it", async (host, message) => {
    expect((await decide(host)).reason.message).toBe(message);
  });

  it.each([
    ["0.0.0.0", ["0.0.0.0"]],
    ["[::1]", ["::1"]],
    ["::ffff:10.0.0.1", ["10.0.0.1"]],
    ["fe80::1%eth0", ["fe80::1"]],
    ["localhost", []],
    ["*", []],
  ])("gives the address of %s", async (host, addresses) => {
    expect((await decide(host)).addresses).toEqual(addresses);
  });

  it("hands on what the class remarks", async () => {
    expect((await decide("LOCALHOST")).remarks).toEqual([
      "OpenJarvis refuses this spelling without a key: write localhost",
    ]);
  });

  it("says why a key does not count, and needs no command to advise", async () => {
    const keyProblem = "the configured key counts as none: it is a placeholder";
    expect(await decide("0.0.0.0", { keyProblem, fix: undefined })).toMatchObject({
      reason: { message: `0.0.0.0 is every network interface of this machine, and ${keyProblem}` },
      hint: "configure a key, or listen on 127.0.0.1",
    });
  });

  it.each([
    [8742, ", with docker run -p 127.0.0.1:8742:8742"],
    [undefined, ""],
  ])("explains publishing port %s of a container", async (port, ports) => {
    const message =
      "0.0.0.0 is every network interface of this machine, and no key is configured; " +
      `that is usual in a container: publish its port on this host alone${ports}`;
    expect(await decide("0.0.0.0", { inContainer: true, port })).toMatchObject({
      safe: false,
      reason: { code: "exposed-without-key", message },
      hint: `run: ${fix}`,
    });
    expect(await decide("10.0.0.1", { inContainer: true, port })).toMatchObject({ hint });
  });

  it("calls a tailnet by its name where this machine is in one", async () => {
    const own = { address: "100.101.1.1", netmask: "", mac: "", internal: false, cidr: null };
    const interfaces = () => ({ tailscale0: [{ ...own, family: "IPv4" as const }] });
    expect((await decide("100.64.1.1", { interfaces })).reason.message).toBe(
      "100.64.1.1 is an address in your tailnet, and no key is configured",
    );
  });
});

describe("decideBind, of names", () => {
  it.each([
    ["home.example", ["127.0.0.1", "::1"]],
    ["mapped.example", ["::ffff:127.0.0.1"]],
  ])("calls %s safe, which resolves to loopback only", async (host, addresses) => {
    const decision = await decide(host, { lookup });
    expect(decision).toMatchObject({ safe: true, scope: "name", keyConfigured: false, addresses });
    expect(decision.reason).toEqual({
      code: "name-loopback",
      message: `${host} resolves to loopback only: ${addresses.join(", ")}`,
    });
    expect(decision.remarks).toEqual([
      `a name can change its address, and OpenJarvis accepts only localhost without a key: write ${addresses[0]}`,
    ]);
  });

  it.each([
    ["lan.example", "192.168.1.5, an address in your local network", ["192.168.1.5"]],
    ["half.example", "10.0.0.5, an address in your local network", ["127.0.0.1", "10.0.0.5"]],
    ["any.example", "0.0.0.0, every network interface of this machine", ["127.0.0.1", "0.0.0.0"]],
  ])("calls %s unsafe for one address beyond loopback", async (host, what, addresses) => {
    expect(await decide(host, { lookup })).toEqual({
      host,
      safe: false,
      scope: "name",
      keyConfigured: false,
      reason: {
        code: "name-exposed",
        message: `${host} resolves to ${what}, and no key is configured`,
      },
      addresses,
      hint,
      remarks: [],
    });
  });

  it("trusts no resolver that answers with another name", async () => {
    expect(await decide("odd.example", { lookup })).toMatchObject({
      safe: false,
      reason: { code: "name-exposed" },
    });
  });

  const plainFailure: LookUpHost = () => Promise.reject(new Error("broken"));
  const never: LookUpHost = () => new Promise(() => {});
  it.each([
    ["nowhere.example", lookup, "ENOTFOUND"],
    ["empty.example", lookup, "no address"],
    ["broken.example", plainFailure, "the lookup failed"],
    ["slow.example", never, "no answer within 0.02 s"],
  ])("calls %s unsafe, which cannot be resolved", async (host, lookup, why) => {
    expect(await decide(host, { lookup, lookupTimeout: 20 })).toEqual({
      host,
      safe: false,
      scope: "name",
      keyConfigured: false,
      reason: {
        code: "name-unresolved",
        message: `${host} cannot be resolved (${why}), and no key is configured`,
      },
      addresses: [],
      hint,
      remarks: [],
    });
  });

  it("looks nothing up where a key settles it", async () => {
    expect(await decide("lan.example", { keyConfigured: true })).toMatchObject({
      safe: true,
      scope: "name",
      reason: {
        code: "key-configured",
        message: "lan.example is a name, not looked up, and a key is configured",
      },
      addresses: [],
    });
  });

  it("asks the system's resolver by default", async () => {
    // RFC 6761: no resolver knows .invalid, with a network or without.
    const host = "host.invalid";
    const decision = await decideBind({ host, keyConfigured: false, lookupTimeout: 2000 });
    expect(decision).toMatchObject({ safe: false, reason: { code: "name-unresolved" } });
  });
});
