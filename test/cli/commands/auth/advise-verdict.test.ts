/* Every verdict that is not good names the next command, about the same server. */
import { describe, expect, it } from "vitest";

import {
  adviseVerdict,
  type AskedServer,
} from "../../../../src/cli/commands/auth/advise-verdict.js";
import { spellHint } from "../../../../src/core/hint.js";
import type { ProbeReport, ReasonCode, Verdict } from "../../../../src/probe/report.js";

const here = "http://127.0.0.1:8742";

function advise(
  verdict: Verdict,
  code: ReasonCode,
  asked: Partial<AskedServer> = {},
  { url = here, message = "" } = {},
): string | null {
  const report: ProbeReport = {
    url,
    address: null,
    system: "jean2",
    version: null,
    generation: null,
    verdict,
    reason: { code, message },
    checks: [],
    findings: [],
  };
  const whole = { isGiven: false, isHere: true, key: null, elsewhere: null, ...asked };
  const hint = adviseVerdict(report, whole);
  return hint === null ? null : spellHint(hint);
}

describe("adviseVerdict", () => {
  it.each<[Verdict, ReasonCode, Partial<AskedServer>, string]>([
    ["open", "lets-in-anybody", {}, "make a key: keyward auth generate-key --write"],
    ["open", "lets-in-anybody", { key: "stored" }, "restart the server, then: keyward auth probe"],
    ["open", "lets-in-anybody", { isHere: false }, "give the server a key in its own settings"],
    ["key-rejected", "key-refused", { key: "stored" }, "restart the server"],
    ["key-rejected", "key-refused", { key: "given" }, "check that this is the key of this server"],
    [
      "unreachable",
      "connection-refused",
      { isGiven: true },
      `start the server, then: keyward auth probe ${here}`,
    ],
    [
      "unreachable",
      "connection-refused",
      { isGiven: true, elsewhere: "http://127.0.0.1:9000" },
      "is elsewhere: keyward auth probe http://127.0.0.1:9000",
    ],
    ["unreachable", "connection-reset", {}, "try https: keyward auth probe https://127.0.0.1:8742"],
    ["unreachable", "proxy-failed", {}, "NO_PROXY"],
    ["unreachable", "name-not-found", {}, "check the name"],
    ["unreachable", "timed-out", {}, "firewall"],
    ["wrong-service", "not-http", {}, "try https: keyward auth probe https://127.0.0.1:8742"],
    ["wrong-service", "not-recognised", {}, `keyward --system auto auth probe ${here}`],
    ["inconclusive", "other-login", {}, "not the proxy before it"],
    ["inconclusive", "form-unknown", {}, "--transport"],
    ["inconclusive", "server-busy", {}, "--until enforced"],
    ["inconclusive", "transports-disagree", {}, "restart the server"],
    ["inconclusive", "answers-unclear", {}, "--debug"],
  ])("%s, %s, %j: %s", (verdict, code, asked, words) => {
    expect(advise(verdict, code, asked)).toContain(words);
  });

  it("of a server that speaks no TLS says to try http", () => {
    const url = "https://127.0.0.1:8742";
    const reset = advise("unreachable", "connection-reset", {}, { url });
    const message = "it does not speak TLS, or not one that is still safe";
    const plain = advise("unreachable", "tls-failed", {}, { url, message });
    expect([reset, plain]).toEqual([reset, reset]);
    expect(reset).toBe(`try http: keyward auth probe ${here}`);
  });

  it.each<[Verdict, ReasonCode]>([
    ["enforced", "key-required"],
    ["closed", "refuses-strangers"],
  ])("says nothing where all is well: %s", (verdict, code) => {
    expect(advise(verdict, code)).toBeNull();
  });
});
