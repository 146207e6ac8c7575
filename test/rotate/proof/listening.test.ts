import { describe, expect, it } from "vitest";

import { findWider, seeListening } from "../../../src/rotate/proof/listening.js";
import { jean2 } from "../../../src/systems/jean2/jean2.js";
import { testMachine } from "../../helpers/machine.js";

describe("findWider", () => {
  it.each([
    [["127.0.0.1"], ["127.0.0.1"], null],
    [["127.0.0.1"], ["::1"], null],
    [["127.0.0.1"], ["0.0.0.0"], "0.0.0.0"],
    [["127.0.0.1"], ["127.0.0.1", "192.168.1.5"], "192.168.1.5"],
    [["127.0.0.1", "::1"], ["::"], "::"],
    [["192.168.1.5"], ["127.0.0.1"], null],
    [["192.168.1.5"], ["192.168.1.6"], "192.168.1.6"],
    [["0.0.0.0"], ["192.168.1.5"], null],
    [["0.0.0.0"], ["::"], "::"],
    [["0.0.0.0"], ["::ffff:0.0.0.0"], null],
    [["0.0.0.0"], ["FE80000000000000"], "FE80000000000000"],
    [["::"], ["0.0.0.0"], null],
    [["::"], ["FE80000000000000"], null],
    [["::"], ["192.168.1.5", "::ffff:10.0.0.1"], null],
    // Of a server whose addresses are not known, nothing can be said.
    [[], ["0.0.0.0"], null],
    [["127.0.0.1"], [], null],
  ])("of %j and then %j is %j", (before, after, wider) => {
    expect(findWider(before, after)).toBe(wider);
  });
});

describe("seeListening", () => {
  it("tells nothing of another machine", () => {
    expect(seeListening("https://agent.example", jean2, testMachine())).toBeNull();
  });

  it("takes the server's own word where the kernel tells nothing", () => {
    const live = { host: "127.0.0.1", port: 8742, pid: 17, source: "server.pid" };
    const system = { ...jean2, findLive: () => live };
    const machine = testMachine({ platform: "darwin" });
    expect(seeListening("http://127.0.0.1:8742", system, machine)).toEqual({
      addresses: ["127.0.0.1"],
      marks: [17],
    });
    expect(seeListening("http://127.0.0.1:8742", jean2, machine)).toBeNull();
  });
});
