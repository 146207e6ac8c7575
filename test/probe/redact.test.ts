import { describe, expect, it } from "vitest";

import { holdsSecret, quoteServer } from "../../src/probe/redact.js";

const secret = 'aZ+/=9 "x-y_z';

describe("holdsSecret", () => {
  it.each([
    ["as it is", secret],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded in lower case", "aZ%2b%2f%3d9%20%22x-y_z"],
    ["in JSON", JSON.stringify(secret)],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
  ])("finds one %s", (_, spelling) => {
    expect(holdsSecret(`<${spelling}>`, secret)).toBe(true);
  });

  it("finds none in other words, and no empty one", () => {
    expect(holdsSecret("aZ+/=9", secret)).toBe(false);
    expect(holdsSecret("anything", "")).toBe(false);
  });
});

describe("quoteServer", () => {
  it.each([
    ["nginx/1.25", "nginx/1.25"],
    ["  two   blanks ", "two   blanks"],
    ["\u001b[31mred\u0007\r\n", "[31mred"],
    ["caf\u00e9", "caf"],
    ["x".repeat(61), `${"x".repeat(60)}\u2026`],
    [" \n", null],
    ["", null],
    [`got ${secret}`, null],
    [`got ${encodeURIComponent(secret)}`, null],
  ])("quotes %j as %j", (text, quote) => {
    expect(quoteServer(text, ["other", secret])).toBe(quote);
  });
});
