import { describe, expect, it } from "vitest";

import { readOwnHost } from "../../../src/cli/input/own-host.js";

const read = (line: string, flags: readonly string[] | null = null) =>
  readOwnHost(line === "" ? [] : line.split(" "), flags);

describe("readOwnHost", () => {
  it.each([
    ["--hostname 127.0.0.1", "127.0.0.1"],
    ["--ip=127.0.0.1 --port 1", "127.0.0.1"],
    ["--bind-addr 127.0.0.1:80", "127.0.0.1"],
    ["--bind loopback", "127.0.0.1"],
    ["--bind 0.0.0.0", "0.0.0.0"],
    ["--listen [::1]:80", "::1"],
    ["--listen ::", "::"],
    ["--listen :8080", ""],
    ["--listen tcp://10.0.0.1:5", "10.0.0.1"],
    ["--address localhost:80", "localhost"],
    ["--address agent.lan", "agent.lan"],
    ["--hostname", ""],
    ["--host 0.0.0.0 --host 127.0.0.1", "127.0.0.1"],
    ["--host 127.0.0.1 --bind 127.0.0.1:8", "127.0.0.1"],
    ["serve --port 80", null],
    ["-- --host 127.0.0.1", null],
  ])("of a server that nothing is known of: %j is %j", (line, host) => {
    expect(read(line)).toBe(host);
  });

  it.each([
    ["--bind lan", "--bind"],
    ["--listen auto:80", "--listen"],
    ["--bind 999.1.1.1", "--bind"],
    ["--host 127.0.0.1 --bind 0.0.0.0", "--host and --bind"],
  ])("cannot tell from %j, and names the flag", (line, place) => {
    expect(read(line)).toMatchObject({ place });
  });

  it.each([
    ["--host 127.0.0.1 --bind 0.0.0.0", "127.0.0.1"],
    ["--hostname 0.0.0.0", null],
    ["-h 0.0.0.0", "0.0.0.0"],
    ["--host=lan", "lan"],
  ])("goes by the flags of a system that is known: %j is %j", (line, host) => {
    expect(read(line, ["--host", "-h"])).toBe(host);
  });
});
