import { describe, expect, it } from "vitest";

import { judgeRunning } from "../../../src/doctor/checks/running.js";
import type { Verdict } from "../../../src/probe/report.js";
import { keyA } from "../../helpers/keys.js";
import { prepare, spelled } from "../subject.js";

const known = {
  id: "any-origin",
  severity: "info",
  message: "any page may ask",
  fix: null,
} as const;

function report(verdict: Verdict): Parameters<typeof judgeRunning>[0] {
  return {
    url: "http://127.0.0.1:8742",
    verdict,
    reason: { code: "answers-unclear", message: "what was seen" },
    findings: [known],
  };
}

describe("judgeRunning", () => {
  const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;
  const restart = "restart the server, then: keyward auth probe";
  it.each<[Verdict, string, [string, string, string | null][]]>([
    ["enforced", text, []],
    ["closed", text, []],
    ["open", text, [["server-open", "error", restart]]],
    ["open", "", [["server-open", "warning", "keyward auth generate-key --write"]]],
    ["key-rejected", text, [["server-key-rejected", "warning", restart]]],
    ["wrong-service", text, [["server-wrong-service", "warning", "keyward auth probe"]]],
    ["inconclusive", text, [["server-inconclusive", "warning", "keyward auth probe"]]],
  ])("%s, with %j", async (verdict, env, expected) => {
    const { subject } = await prepare({ files: { ".jean2/.env": env } });
    const found = spelled(judgeRunning(report(verdict), subject));
    expect(found.map(({ id, severity, fix }) => [id, severity, fix])).toEqual([
      ...expected,
      ["any-origin", "info", null],
    ]);
  });

  it("finds nothing where nobody answers", async () => {
    const { subject } = await prepare();
    expect(spelled(judgeRunning(report("unreachable"), subject))).toEqual([]);
  });
});
