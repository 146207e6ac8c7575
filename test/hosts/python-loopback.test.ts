import { describe, expect, it } from "vitest";

import { isPythonLoopback } from "../../src/hosts/python-loopback.js";

// Answers of Python 3.11's ipaddress for spellings that the shared vectors do not have.
describe("isPythonLoopback", () => {
  it.each([
    ["", true],
    ["localhost", true],
    ["127.0.0.0", true],
    ["127.255.255.255", true],
    ["127.0.0.256", false],
    ["127.0.0.1\n", false],
    ["127.0.0.1%lo", false],
    ["::1%a b", true],
    ["::1%\n", true],
    ["::1%", false],
    ["::1%%", false],
    ["::1%/", false],
    ["::1%lo%lo", false],
    ["::1\n", false],
    ["::0001", true],
    ["::00001", false],
    ["00000::1", false],
    ["::0.0.0.1", true],
    ["0:0::0.0.0.1", true],
    ["0:0:0:0:0:0:0.0.0.1", true],
    ["::0:0:0:0:0:0.0.0.1", true],
    ["0:0:0:0:0:0:0:0.0.0.1", false],
    ["::0.0.0.01", false],
    ["0.0.0.1", false],
    ["0:0:0:0:0:0:0:1", true],
    ["0:0:0:0:0:0:0:0:1", false],
    ["0:0:0:0:0:0:1", false],
    ["::0:0:0:0:0:0:1", true],
    ["0::0:0:0:0:0:1", true],
    ["0::0:0:0:0:0:0:1", false],
    ["0:0:0:0:0:0:0::1", false],
    ["::1:", false],
    [":::1", false],
    ["::0::1", false],
    ["[::1]", false],
    ["::ffff:127.0.0.1", false],
    ["::127.0.0.1", false],
    ["1::", false],
  ])("calls %j %s", (host, answer) => {
    expect(isPythonLoopback(host)).toBe(answer);
  });
});
