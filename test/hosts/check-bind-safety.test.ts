import { describe, expect, it } from "vitest";

import { checkBindSafety, explainKeyProblem } from "../../src/hosts/check-bind-safety.js";
import { KeywardError } from "../../src/core/errors.js";

const strong = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
const everywhere = "0.0.0.0 is every network interface of this machine";

describe("checkBindSafety", () => {
  it.each([
    ["0.0.0.0", strong, "key-configured"],
    ["0.0.0.0", strong.slice(0, 16), "key-configured"],
    ["127.0.0.1", undefined, "loopback"],
    ["127.0.0.1", "test-secret-key", "loopback"],
  ])("lets %s pass with the key %s", async (host, key, code) => {
    expect(await checkBindSafety(host, { key })).toMatchObject({ safe: true, reason: { code } });
  });

  it.each([
    [undefined, "no key is configured"],
    [null, "no key is configured"],
    ["", "no key is configured"],
    ["  ", "the configured key counts as none: it is empty"],
    [
      "your-secret-token",
      "the configured key counts as none: it is a placeholder from documentation",
    ],
    [strong.slice(0, 15), "the configured key counts as none: it is under 16 characters"],
  ])("refuses 0.0.0.0 with the key %j", async (key, why) => {
    const hint = "configure a key, or listen on 127.0.0.1";
    await expect(checkBindSafety("0.0.0.0", { key })).rejects.toThrow(
      new KeywardError("unsafe-bind", `${everywhere}, and ${why}`, { hint }),
    );
    await expect(checkBindSafety("0.0.0.0", { key })).rejects.toMatchObject({
      code: "unsafe-bind",
      hint,
    });
  });

  it("refuses an invalid host whatever the key", async () => {
    await expect(checkBindSafety("127.1", { key: strong })).rejects.toMatchObject({
      code: "unsafe-bind",
      hint: "write it as 127.0.0.1",
    });
  });

  it("hands the options on", async () => {
    const lookup = async () => [{ address: "10.0.0.5" }];
    const check = checkBindSafety("lan.example", { key: undefined, lookup, fix: "make-key" });
    await expect(check).rejects.toMatchObject({
      message:
        "lan.example resolves to 10.0.0.5, an address in your local network, and no key is configured",
      hint: "run: make-key, or listen on 127.0.0.1",
    });
  });
});

describe("explainKeyProblem", () => {
  it.each([undefined, null, "", strong, strong.slice(0, 16)])("has nothing to say of %s", (key) => {
    expect(explainKeyProblem(key)).toBeUndefined();
  });
});
