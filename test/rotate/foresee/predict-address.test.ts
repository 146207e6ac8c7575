import { describe, expect, it } from "vitest";

import { comesBackAt } from "../../../src/rotate/foresee/predict-address.js";

describe("a server that is told to listen on a host", () => {
  it.each([
    ["127.0.0.1", ["127.0.0.1"], true],
    ["127.0.0.1", ["::ffff:127.0.0.1"], true],
    ["127.0.0.1", ["0.0.0.0"], false],
    ["127.0.0.1", ["::1"], false],
    ["127.0.0.1", ["127.0.0.1", "192.168.1.5"], false],
    ["localhost", ["127.0.0.1", "::1"], true],
    ["localhost", ["0.0.0.0"], false],
    ["0.0.0.0", ["0.0.0.0"], true],
    ["0.0.0.0", ["127.0.0.1"], false],
    ["0.0.0.0", ["::"], false],
    ["::", ["::"], true],
    ["::", ["0.0.0.0"], false],
    ["", ["0.0.0.0", "::"], true],
    ["*", ["::"], true],
    ["*", ["::1"], false],
    ["192.168.1.5", ["192.168.1.5"], true],
    ["192.168.1.5", ["0.0.0.0"], false],
    // How a name or such a number is read is not for keyward to guess.
    ["lab.example", ["192.168.1.5"], null],
    ["127.1", ["127.0.0.1"], null],
  ])("%j, and listens on %j now: %j", (host, addresses, expected) => {
    expect(comesBackAt(host, addresses)).toBe(expected);
  });
});
