import type { NetworkInterfaceInfo } from "node:os";

import { describe, expect, it } from "vitest";

import { classifyHost } from "../../src/hosts/classify.js";

const mapped = "servers on Python before 3.13 do not take a mapped address for loopback";
const respell = (host: string) => `OpenJarvis refuses this spelling without a key: write ${host}`;
const carries = (inner: string) => `it contains ${inner}, but it is not loopback`;

describe("classifyHost", () => {
  it.each([
    ["", "all-interfaces", "0.0.0.0", null],
    ["*", "all-interfaces", "0.0.0.0", null],
    ["0.0.0.0", "all-interfaces", "0.0.0.0", "0.0.0.0"],
    ["::", "all-interfaces", "::", "::"],
    ["[::]", "all-interfaces", "::", "::"],
    ["0:0:0:0:0:0:0:0", "all-interfaces", "::", "::"],
    ["::%eth0", "all-interfaces", "::%eth0", "::"],
    ["::ffff:0.0.0.0", "all-interfaces", "0.0.0.0", "0.0.0.0"],
    ["::0.0.0.0", "all-interfaces", "::", "::"],
    ["localhost", "loopback", "localhost", null],
    ["127.0.0.1", "loopback", "127.0.0.1", "127.0.0.1"],
    ["127.255.255.254", "loopback", "127.255.255.254", "127.255.255.254"],
    ["::1", "loopback", "::1", "::1"],
    ["0:0:0:0:0:0:0:1", "loopback", "::1", "::1"],
    ["::1%lo", "loopback", "::1%lo", "::1"],
    ["::0.0.0.1", "loopback", "::1", "::1"],
    ["10.1.2.3", "private", "10.1.2.3", "10.1.2.3"],
    ["172.16.0.1", "private", "172.16.0.1", "172.16.0.1"],
    ["172.32.0.1", "public", "172.32.0.1", "172.32.0.1"],
    ["192.168.1.5", "private", "192.168.1.5", "192.168.1.5"],
    ["::ffff:192.168.1.5", "private", "192.168.1.5", "192.168.1.5"],
    ["::FFFF:C0A8:0105", "private", "192.168.1.5", "192.168.1.5"],
    ["[FD00::1]", "private", "fd00::1", "fd00::1"],
    ["fd7a:115c:a1e0::1", "private", "fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"],
    ["169.254.1.1", "link-local", "169.254.1.1", "169.254.1.1"],
    ["fe80::1%eth0", "link-local", "fe80::1%eth0", "fe80::1"],
    ["[fe80::1%eth0.100]", "link-local", "fe80::1%eth0.100", "fe80::1"],
    ["100.64.0.0", "shared", "100.64.0.0", "100.64.0.0"],
    ["100.127.255.255", "shared", "100.127.255.255", "100.127.255.255"],
    ["100.128.0.0", "public", "100.128.0.0", "100.128.0.0"],
    ["8.8.8.8", "public", "8.8.8.8", "8.8.8.8"],
    ["0.0.0.1", "public", "0.0.0.1", "0.0.0.1"],
    ["192.0.2.1", "public", "192.0.2.1", "192.0.2.1"],
    ["2001:DB8::0:1", "public", "2001:db8::1", "2001:db8::1"],
    ["::1:8000", "public", "::1:8000", "::1:8000"],
    ["fec0::1", "public", "fec0::1", "fec0::1"],
    ["example.com", "name", "example.com", null],
    ["Tailscale", "name", "tailscale", null],
    ["localhost.localdomain", "name", "localhost.localdomain", null],
    ["xn--localhost", "name", "xn--localhost", null],
    [`${"a".repeat(63)}.example.`, "name", `${"a".repeat(63)}.example.`, null],
  ])("calls %j %s", (host, scope, canonical, address) => {
    expect(classifyHost(host)).toMatchObject({ host, scope, canonical, address, problem: null });
  });

  it.each([
    ["", ["OpenJarvis itself takes an empty host for loopback and then listens everywhere"]],
    ["0.0.0.0", []],
    ["localhost", []],
    ["127.0.0.1", []],
    ["::1%lo", []],
    ["LOCALHOST", [respell("localhost")]],
    ["localhost.", [respell("localhost")]],
    ["[::1]", [respell("::1")]],
    ["::ffff:127.0.0.1", [mapped, respell("127.0.0.1")]],
    ["::ffff:7f00:1%lo", [mapped, respell("127.0.0.1")]],
    ["::ffff:10.0.0.1", []],
    ["::127.0.0.1", [carries("127.0.0.1")]],
    ["64:ff9b::127.0.0.2", [carries("127.0.0.2")]],
    ["::ffff:0:127.0.0.1", [carries("127.0.0.1")]],
    ["2002:7f00:3::", [carries("127.0.0.3")]],
    ["2002:a00:3::", []],
  ])("remarks on %j", (host, remarks) => {
    expect(classifyHost(host).remarks).toEqual(remarks);
  });

  it.each(["::127.0.0.1", "64:ff9b::127.0.0.1", "::ffff:0:127.0.0.1", "2002:7f00:1::"])(
    "does not take %s for loopback",
    (host) => {
      expect(classifyHost(host).scope).toBe("public");
    },
  );

  it("throws what only a programmer can cause", () => {
    expect(() => classifyHost(undefined as unknown as string)).toThrow(
      new TypeError("host must be a string, got undefined"),
    );
  });
});

const usual = "it is not an IPv4 address of four decimal numbers, 0 to 255, without leading zeros";
const label = "each part between dots has 1 to 63 letters, digits or inner hyphens";
const noServer = "no server can listen on a multicast, broadcast or reserved address";
const invisible = "it contains a control or invisible character";
const foreign = "it contains characters beyond ASCII";

describe("classifyHost, of what is no host", () => {
  it.each([
    ["0", usual, "0.0.0.0"],
    ["127.1", usual, "127.0.0.1"],
    ["127.0.1", usual, "127.0.0.1"],
    ["0x7f000001", usual, "127.0.0.1"],
    ["0x7f.0.0.1", usual, "127.0.0.1"],
    ["2130706433", usual, "127.0.0.1"],
    ["0177.0.0.1", usual, "127.0.0.1"],
    ["127.0.0.01", usual, "127.0.0.1"],
    ["127.0.0.1.", usual, "127.0.0.1"],
    ["127.0.0.08", usual, null],
    ["127.0.0.256", usual, null],
    ["1.2.3.4.5", usual, null],
    ["host.0x7f", usual, null],
    ["127.0.0.1\n", invisible, "127.0.0.1"],
    ["\t127.0.0.1", invisible, "127.0.0.1"],
    ["127.0.0.1\0", invisible, "127.0.0.1"],
    ["\u{200b}localhost", invisible, "localhost"],
    ["local\u{202e}host", invisible, null],
    ["\u{d800}", invisible, null],
    ["127.0.0.1 ", "it contains a blank", "127.0.0.1"],
    ["127.0. 0.1", "it contains a blank", null],
    [" ", "it contains a blank", null],
    [" \t", invisible, null],
    ["http://127.0.0.1:8000/v1", "it is a URL, not a host", "127.0.0.1"],
    ["https://[::1]:8000", "it is a URL, not a host", "::1"],
    ["http://", "it is a URL, not a host", null],
    ["user@127.0.0.1", "it contains a user name", "127.0.0.1"],
    ["127.0.0.1/8", "it contains a path or a prefix length", "127.0.0.1"],
    ["127.0.0.1:8000", "it contains a port", "127.0.0.1"],
    ["localhost:", "it contains a port", "localhost"],
    ["[::1]:8000", "it contains a port", "::1"],
    ["*:8000", "it contains a port", "0.0.0.0"],
    ["[127.0.0.1]", "only an IPv6 address is written in brackets", "127.0.0.1"],
    ["[localhost]", "only an IPv6 address is written in brackets", "localhost"],
    ["[::1", "only an IPv6 address is written in brackets", null],
    ["[[::1]]", "only an IPv6 address is written in brackets", "::1"],
    ["１２７.0.0.1", foreign, "127.0.0.1"],
    ["127。0。0。1", foreign, "127.0.0.1"],
    ["ⓛocalhost", foreign, "localhost"],
    ["bücher.example", foreign, null],
    ["::1%", "it is not an IPv6 address", null],
    ["::1%lo%lo", "it is not an IPv6 address", null],
    [":::1", "it is not an IPv6 address", null],
    ["1::1::1", "it is not an IPv6 address", null],
    ["::00001", "it is not an IPv6 address", null],
    ["::ffff:0177.0.0.1", "it is not an IPv6 address", null],
    ["::ffff:0x7f.0.0.1", "it is not an IPv6 address", null],
    ["127.0.0.1%lo", "only an IPv6 address has a zone", null],
    ["my_box", "a host name may not contain an underscore", null],
    ["$HOST", "it contains a character that is not allowed in a host name", null],
    ["-host", label, null],
    ["host-.example", label, null],
    ["a..b", label, null],
    ["localhost..", label, null],
    ["a".repeat(64), label, null],
    ["a.".repeat(127) + "a", "it is too long for a host name", null],
    [`[${":".repeat(100_000)}]`, "it is too long for a host name", null],
    ["224.0.0.1", noServer, null],
    ["240.0.0.1", noServer, null],
    ["255.255.255.255", noServer, null],
    ["ff02::1", noServer, null],
    ["::ffff:224.0.0.1", noServer, null],
  ])("refuses %j", (host, problem, proposal) => {
    expect(classifyHost(host)).toEqual({
      host,
      scope: "invalid",
      canonical: null,
      address: null,
      tailnet: false,
      problem,
      hint: proposal === null ? null : `write it as ${proposal}`,
      remarks: [],
    });
  });
});

function having(...addresses: string[]): () => NodeJS.Dict<NetworkInterfaceInfo[]> {
  const entries = addresses.map((address): NetworkInterfaceInfo => {
    const rest = { address, netmask: "", mac: "00:00:00:00:00:00", internal: false, cidr: null };
    return address.includes(":")
      ? { ...rest, family: "IPv6", scopeid: 0 }
      : { ...rest, family: "IPv4" };
  });
  return () => ({ lo: undefined, tailscale0: entries });
}

describe("classifyHost and tailnets", () => {
  it.each([
    ["100.64.1.1", "shared", ["192.168.1.5", "100.101.102.103"], true],
    ["100.64.1.1", "shared", ["fd7a:115c:a1e0::5"], true],
    ["fd7a:115c:a1e0::1", "private", ["100.101.102.103"], true],
    ["fd7a:115c:a1e1::1", "private", ["100.101.102.103"], false],
    ["100.64.1.1", "shared", ["127.0.0.1", "192.168.1.5", "fe80::1"], false],
    ["192.168.1.5", "private", ["100.101.102.103"], false],
    ["127.0.0.1", "loopback", ["100.101.102.103"], false],
  ])("takes %s, %s, on a machine with %j for a tailnet's: %s", (host, scope, own, tailnet) => {
    expect(classifyHost(host, { interfaces: having(...own) })).toMatchObject({ scope, tailnet });
  });

  it("calls nothing a tailnet's when it cannot see the interfaces", () => {
    const forbidden = () => {
      throw new Error("uv_interface_addresses");
    };
    expect(classifyHost("100.64.1.1").tailnet).toBe(false);
    expect(classifyHost("100.64.1.1", { interfaces: forbidden }).tailnet).toBe(false);
  });
});
