import { describe, expect, it } from "vitest";

import type { CheckResult, ReasonCode, Verdict } from "../../src/probe/report.js";
import { type ServerIdentity, judgeVerdict } from "../../src/probe/verdict.js";

const recognised: ServerIdentity = {
  failure: null,
  fits: true,
  saysOff: false,
  looksLike: "",
  doubt: null,
};
const stranger: ServerIdentity = {
  ...recognised,
  fits: false,
  looksLike: "it answers 404",
  doubt: "absent",
};
const off: ServerIdentity = { ...recognised, saysOff: true };

const failed = (code: NonNullable<ServerIdentity["failure"]>["code"]): ServerIdentity => ({
  failure: { code, message: `it failed: ${code}` },
});

/**
 * A check in short: transport, credential, what happened. `header none refuse`; a doubt stands in
 * the place of what happened: `header key busy`. Sockets count only when recognised, metrics never.
 */
function check(short: string): CheckResult {
  const [transport = "", credential, outcome = ""] = short.split(" ");
  const isClear = ["accept", "refuse", "foreign", "off"].includes(outcome);
  const observed = outcome === "foreign" ? "refuse" : outcome === "off" ? "accept" : outcome;
  const expected = credential === "key" && transport !== "unused" ? "accept" : "refuse";
  return {
    id: `${transport}-${credential}`,
    transport: "header",
    route: `/${transport}`,
    credential: credential as CheckResult["credential"],
    expected,
    observed: isClear ? (observed as CheckResult["observed"]) : "unclear",
    detail: outcome,
    ok: observed === expected,
    counts: transport === "socket" ? "recognised" : transport === "metrics" ? "never" : "always",
    doubt: isClear ? null : (outcome as CheckResult["doubt"]),
    fits: outcome !== "foreign",
    saysOff: outcome === "off",
    echoes: false,
    logged: false,
    opened: false,
    protocol: null,
    asks: null,
    wording: outcome,
  };
}

const shut = ["header none refuse", "header garbage refuse"];
const shutSocket = ["socket none refuse", "socket garbage refuse"];

describe("judgeVerdict", () => {
  it.each<[string[], ServerIdentity, Verdict, ReasonCode]>([
    // Refused, and the key taken or not.
    [shut, recognised, "closed", "refuses-strangers"],
    [[...shut, "header key accept"], recognised, "enforced", "key-required"],
    [[...shut, "header key refuse"], recognised, "key-rejected", "key-refused"],
    [
      [...shut, ...shutSocket, "header key accept", "socket key accept"],
      recognised,
      "enforced",
      "key-required",
    ],
    [
      [...shut, ...shutSocket, "header key accept", "socket key refuse"],
      recognised,
      "inconclusive",
      "transports-disagree",
    ],
    [
      [...shut, ...shutSocket, "header key refuse", "socket key accept"],
      recognised,
      "inconclusive",
      "transports-disagree",
    ],
    [[...shut, "header key accept", "unused key refuse"], recognised, "enforced", "key-required"],
    [[...shut, "header key accept", "unused key accept"], recognised, "enforced", "key-required"],
    [[...shut, "header key accept", "header mixed accept"], recognised, "enforced", "key-required"],
    [[...shut, "header key busy"], recognised, "inconclusive", "server-busy"],
    [[...shut, "header key no-answer"], recognised, "inconclusive", "no-answer"],
    [[...shut, "header key connection-reset"], recognised, "inconclusive", "connection-reset"],
    [[...shut, "header key odd"], recognised, "inconclusive", "answers-unclear"],
    [[...shut, "header key redirect"], recognised, "inconclusive", "redirected"],
    // Somebody is let in.
    [["header none accept", "header garbage accept"], recognised, "open", "lets-in-anybody"],
    [["header none accept", "header garbage refuse"], recognised, "open", "lets-in-anybody"],
    [["header none refuse", "header garbage accept"], recognised, "open", "lets-in-garbage"],
    [["header none busy", "header garbage accept"], recognised, "open", "lets-in-garbage"],
    [
      [...shut, "socket none refuse", "socket garbage accept"],
      recognised,
      "open",
      "lets-in-garbage",
    ],
    [[...shut, "socket none accept", "header key accept"], recognised, "open", "lets-in-anybody"],
    [
      [...shut, "metrics none accept", "metrics garbage accept"],
      recognised,
      "closed",
      "refuses-strangers",
    ],
    [[...shut, "metrics key busy", "header key accept"], recognised, "enforced", "key-required"],
    [["header none accept"], stranger, "open", "lets-in-anybody"],
    [["header none absent", "socket none accept"], stranger, "wrong-service", "not-recognised"],
    [shut, off, "open", "authentication-off"],
    [["header none off"], recognised, "open", "authentication-off"],
    [[...shut, "header key off"], recognised, "open", "authentication-off"],
    [shut, { ...off, fits: false }, "wrong-service", "not-recognised"],
    // Somebody else.
    [[], stranger, "wrong-service", "not-recognised"],
    [shut, stranger, "wrong-service", "not-recognised"],
    [[], { ...stranger, doubt: "web-page" }, "wrong-service", "web-page"],
    [[], { ...stranger, doubt: "redirect" }, "wrong-service", "redirected"],
    [[], { ...stranger, doubt: "odd" }, "wrong-service", "not-recognised"],
    [[], { ...stranger, doubt: "busy" }, "inconclusive", "server-busy"],
    [[], { ...stranger, doubt: "other-login" }, "inconclusive", "other-login"],
    [
      ["header none foreign", "header garbage refuse"],
      recognised,
      "wrong-service",
      "not-recognised",
    ],
    [["header none redirect", "header garbage refuse"], recognised, "wrong-service", "redirected"],
    [["header none web-page", "header garbage web-page"], recognised, "wrong-service", "web-page"],
    // Nobody.
    [[], failed("name-not-found"), "unreachable", "name-not-found"],
    [[], failed("connection-refused"), "unreachable", "connection-refused"],
    [[], failed("no-route"), "unreachable", "no-route"],
    [[], failed("connection-reset"), "unreachable", "connection-reset"],
    [[], failed("tls-failed"), "unreachable", "tls-failed"],
    [[], failed("timed-out"), "unreachable", "timed-out"],
    [[], failed("no-answer"), "inconclusive", "no-answer"],
    [[], failed("cut-short"), "inconclusive", "cut-short"],
    [[], failed("not-http"), "wrong-service", "not-http"],
    // It could not be told.
    [
      ["header none refuse", "header garbage other-login"],
      recognised,
      "inconclusive",
      "other-login",
    ],
    [[...shut, "header key other-login"], recognised, "inconclusive", "other-login"],
    [["header none refuse", "header garbage busy"], recognised, "inconclusive", "server-busy"],
    [["header none no-answer", "header garbage refuse"], recognised, "inconclusive", "no-answer"],
    [
      ["header none absent", "header garbage absent"],
      recognised,
      "inconclusive",
      "answers-unclear",
    ],
    [["header none refuse", "header garbage odd"], recognised, "inconclusive", "answers-unclear"],
    [
      [...shut, "socket none absent", "socket garbage absent"],
      recognised,
      "closed",
      "refuses-strangers",
    ],
    [
      [...shut, "socket none absent", "socket garbage refuse"],
      recognised,
      "inconclusive",
      "answers-unclear",
    ],
    [
      [...shut, "socket none redirect", "socket garbage redirect"],
      recognised,
      "inconclusive",
      "redirected",
    ],
    [
      [...shut, "socket none timed-out", "socket garbage refuse"],
      recognised,
      "inconclusive",
      "timed-out",
    ],
  ])("%j, %j: %s", (shorts, arrival, verdict, code) => {
    const judged = judgeVerdict({ title: "Jean2", arrival, checks: shorts.map(check) });
    expect({ verdict: judged.verdict, code: judged.reason.code }).toEqual({ verdict, code });
    expect(judged.reason.message).not.toBe("");
  });

  it.each<[string[], ServerIdentity, string]>([
    [[...shut, "header key accept"], recognised, "Jean2 accepts the key and nothing else"],
    [shut, recognised, "Jean2 refuses requests without a key and with a wrong one"],
    [["header none accept"], recognised, "/header answers without a key"],
    [["header garbage accept"], recognised, "/header accepts a wrong key"],
    [shut, off, "Jean2 says that its authentication is off"],
    [[], stranger, "this is not Jean2: it answers 404"],
    [["header none foreign"], recognised, "this is not Jean2: /header says foreign"],
    [["header none busy"], recognised, "/header: busy"],
    [[...shut, "header key busy"], recognised, "/header with the key: busy"],
    [[], failed("timed-out"), "it failed: timed-out"],
    [
      [...shut, ...shutSocket, "header key accept", "socket key refuse"],
      recognised,
      "the key is accepted by header-key and refused by socket-key",
    ],
  ])("explains %j, %j", (shorts, arrival, message) => {
    const judged = judgeVerdict({ title: "Jean2", arrival, checks: shorts.map(check) });
    expect(judged.reason.message).toBe(message);
  });
});
