import { describe, expect, it } from "vitest";

import { allChecks } from "../../src/doctor/all-checks.js";
import { cannotTell, examine } from "../../src/doctor/examine.js";
import type { DoctorCheck } from "../../src/doctor/subject.js";
import { KeywardError } from "../../src/core/errors.js";
import type { FindingId, Severity } from "../../src/core/finding.js";
import { keyA } from "../helpers/keys.js";
import { prepare, spelled } from "./subject.js";

function check(id: FindingId, severity: Severity): DoctorCheck {
  return () => [{ id, severity, message: id, fix: null }];
}

describe("examine", () => {
  it("finds nothing where all is well", async () => {
    const { subject } = await prepare({ files: { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` } });
    expect(await examine(subject, allChecks)).toEqual([]);
  });

  it("puts the worst first, and otherwise keeps the order", async () => {
    const { subject } = await prepare();
    const checks = [
      check("mode", "info"),
      check("leftover", "warning"),
      check("locked", "error"),
      check("owner", "warning"),
    ];
    expect((await examine(subject, checks)).map(({ id }) => id)).toEqual([
      "locked",
      "leftover",
      "owner",
      "mode",
    ]);
  });

  it("goes on after a check that cannot tell", async () => {
    const { subject } = await prepare();
    const fails: DoctorCheck = () => {
      throw new KeywardError("unreadable", "cannot read /x", { hint: "use sudo" });
    };
    expect(spelled(await examine(subject, [fails, check("leftover", "error")]))).toEqual([
      { id: "leftover", severity: "error", message: "leftover", fix: null },
      { id: "cannot-tell", severity: "warning", message: "cannot read /x", fix: "use sudo" },
    ]);
  });

  it("does not swallow a defect", () => {
    expect(() => cannotTell(new TypeError("x is undefined"))).toThrow("x is undefined");
  });
});
