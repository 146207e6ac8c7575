import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import type { FileSystem } from "../../src/core/machine.js";
import { findListener, judgeListener, type ListenerPolicy } from "../../src/net/listener.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";
import { startRaw } from "../probe/servers.js";

const tcpHead =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (address: string, state: string, uid: number) =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 17601 1 0 100 0 0 10 0\n`;

// As a little-endian kernel prints them: 8742 is 2226.
const loopback4 = "0100007F:2226";
const other4 = "0200007F:2226";
const any4 = "00000000:2226";
const loopback6 = "00000000000000000000000001000000:2226";
const other6 = "000080FE000000000000000001000000:2226";
const any6 = "00000000000000000000000000000000:2226";
const mapped = "0000000000000000FFFF00000100007F:2226";

/** The file system with these files in the place of its own, and none of the others. */
function files(content: Record<string, string>): FileSystem {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(content)) {
    fs.mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  const below = (name: fs.PathOrFileDescriptor) => path.join(root, String(name));
  return {
    ...fs,
    openSync: (name, flags) => fs.openSync(below(String(name)), flags),
    existsSync: (name) => fs.existsSync(below(String(name))),
    readFileSync: ((name: string, encoding: "utf8") =>
      fs.readFileSync(below(name), encoding)) as typeof fs.readFileSync,
  };
}

const listener = (uid: number) => ({ "/proc/net/tcp": tcpHead + row(loopback4, "0A", uid) });

describe.runIf(os.endianness() === "LE")("findListener", () => {
  it.each([
    ["the address itself", "127.0.0.1", [row(loopback4, "0A", 1)], [], 1],
    ["all IPv4 addresses", "127.0.0.1", [row(any4, "0A", 1)], [], 1],
    ["all addresses", "127.0.0.1", [], [row(any6, "0A", 1)], 1],
    ["the address, mapped", "127.0.0.1", [], [row(mapped, "0A", 1)], 1],
    ["the mapped address", "::ffff:127.0.0.1", [row(loopback4, "0A", 1)], [], 1],
    ["IPv6", "::1", [row(loopback4, "0A", 9)], [row(loopback6, "0A", 1)], 1],
    ["all IPv6 addresses", "::1", [row(any4, "0A", 9)], [row(any6, "0A", 1)], 1],
    ["IPv4 rather than IPv6", "127.0.0.1", [row(any4, "0A", 1)], [row(any6, "0A", 9)], 1],
    ["one after others", "::1", [], [row(other6, "0A", 9), row(any6, "0A", 1)], 1],
    ["another address", "127.0.0.1", [row(other4, "0A", 1)], [row(loopback6, "0A", 1)], null],
    ["a connection, no listener", "127.0.0.1", [row(loopback4, "01", 1)], [], null],
    ["another port", "127.0.0.1", [row("0100007F:2227", "0A", 1)], [], null],
  ])("finds who listens on %s", (_, address, tcp, tcp6, uid) => {
    const table = files({
      "/proc/net/tcp": tcpHead + tcp.join(""),
      "/proc/net/tcp6": tcpHead + tcp6.join(""),
    });
    expect(findListener(table, address, 8742)).toBe(uid);
  });

  it("finds nobody where the kernel tells nothing", () => {
    expect(findListener(files({}), "127.0.0.1", 8742)).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("findListener, on this machine", () => {
  it("finds this test's own server", async () => {
    const { port } = await startRaw(() => {});
    expect(findListener(testMachine().fs, "127.0.0.1", port)).toBe(os.userInfo().uid);
  });

  it("finds one that listens everywhere", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(findListener(testMachine().fs, "127.0.0.1", port)).toBe(os.userInfo().uid);
    server.close();
  });
});

describe.runIf(os.endianness() === "LE")("judgeListener", () => {
  const accounts = {
    "/etc/passwd":
      "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1001::/:/bin/sh\njarvis:x:990:990::/:/bin/sh\nprim:x:1002:500::/:/bin/sh\n",
    "/etc/group": "root:x:0:\nshared:x:500:ann,bob\njarvis:x:990:\n",
  };
  const ownFile = { uid: 1000, gid: 1000, mode: 0o600 };
  const serviceFile = { uid: 0, gid: 990, mode: 0o640 };
  const sharedFile = { uid: 1000, gid: 500, mode: 0o640 };
  const judge = (uid: number, policy: ListenerPolicy, platform: NodeJS.Platform = "linux") => {
    const machine = testMachine({
      fs: files({ ...listener(uid), ...accounts }),
      platform,
      user: { uid: 1000, gid: 1000, name: "ann" },
    });
    judgeListener(machine, "127.0.0.1", 8742, policy);
  };

  it.each<[string, number, ListenerPolicy]>([
    ["root", 0, { keyFile: ownFile, unitUser: null }],
    ["the owner of the file", 1000, { keyFile: ownFile, unitUser: null }],
    ["the user who asks, without a file", 1000, { keyFile: null, unitUser: null }],
    ["one whose own group may read the file", 990, { keyFile: serviceFile, unitUser: null }],
    ["a member of the group", 1001, { keyFile: sharedFile, unitUser: null }],
    ["one with that primary group", 1002, { keyFile: sharedFile, unitUser: null }],
    ["the unit's user", 990, { keyFile: ownFile, unitUser: "jarvis" }],
    ["the unit's user by number", 4242, { keyFile: ownFile, unitUser: "4242" }],
  ])("lets the key go to %s", (_, uid, policy) => {
    expect(() => judge(uid, policy)).not.toThrow();
  });

  it.each<[string, number, ListenerPolicy, string]>([
    ["another user", 1001, { keyFile: ownFile, unitUser: null }, "bob"],
    ["a user without a name", 4242, { keyFile: ownFile, unitUser: null }, "uid 4242"],
    ["another user, without a file", 1001, { keyFile: null, unitUser: null }, "bob"],
    [
      "a member without the bit",
      1001,
      { keyFile: { ...sharedFile, mode: 0o600 }, unitUser: null },
      "bob",
    ],
    ["another than the unit's", 1001, { keyFile: ownFile, unitUser: "jarvis" }, "bob"],
    ["the asker, if not the owner", 1000, { keyFile: serviceFile, unitUser: null }, "ann"],
  ])("keeps it from %s", (_, uid, policy, name) => {
    expect(() => judge(uid, policy)).toThrow(
      expect.objectContaining({
        code: "target-refused",
        message: `the server on port 8742 belongs to ${name}`,
        hint: "if that is the server you mean, add --force",
      }),
    );
  });

  it("keeps it from whoever answered and does not listen any more", () => {
    const machine = testMachine({
      fs: files({ "/proc/net/tcp": tcpHead + row(other4, "0A", 0), ...accounts }),
      platform: "linux",
    });
    const policy = { keyFile: ownFile, unitUser: null };
    expect(() => judgeListener(machine, "127.0.0.1", 8742, policy)).toThrow(
      expect.objectContaining({
        code: "target-refused",
        message: "nobody is seen to listen on port 8742 any more",
      }),
    );
  });

  it("asks nothing where the kernel does not tell", () => {
    const machine = testMachine({ fs: files(accounts), platform: "linux" });
    const policy = { keyFile: ownFile, unitUser: null };
    expect(() => judgeListener(machine, "127.0.0.1", 8742, policy)).not.toThrow();
  });

  it("asks nothing elsewhere than on Linux", () => {
    expect(() => judge(1001, { keyFile: ownFile, unitUser: null }, "darwin")).not.toThrow();
  });
});
