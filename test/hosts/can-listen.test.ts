import { describe, expect, it } from "vitest";

import { canListen } from "../../src/hosts/can-listen.js";

// Servers' own answers to more of them: test/systems/would-start.test.ts.
describe("canListen", () => {
  it.each([
    ["fe80::1%eth0", true],
    ["FF02::1%1", true],
    ["::%lo", false],
    ["a_b", true],
    ["example.com", true],
  ])("%j: a C library can do with it: %j", (host, can) => {
    expect(canListen(host, [])).toBe(can);
  });
});
