import { describe, expect, it } from "vitest";

import { holdsSecret, quoteServer } from "../../src/net/redact.js";

const secret = 'aZ+/=9 "x-y_z';

function percentAll(text: string): string {
  return Buffer.from(text).toString("hex").replaceAll(/../g, "%$&");
}

function escapeByNumber(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

describe("holdsSecret", () => {
  it.each([
    ["as it is", secret],
    ["percent-encoded", encodeURIComponent(secret)],
    ["percent-encoded in lower case", "aZ%2b%2f%3d9%20%22x-y_z"],
    ["in JSON", JSON.stringify(secret)],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["in base64 without padding", Buffer.from(secret).toString("base64").replace(/=+$/, "")],
    ["as a password in Basic", Buffer.from(`:${secret}`).toString("base64")],
    ["as a password after a name in Basic", Buffer.from(`me:${secret}`).toString("base64")],
    ["before more in base64", Buffer.from(`ab${secret}: and more`).toString("base64url")],
    ["in base64 over two lines", Buffer.from(secret).toString("base64").replace(/.{8}/, "$&\r\n ")],
    ["percent-encoded throughout", percentAll(secret)],
    ["in JSON within JSON", JSON.stringify(JSON.stringify(secret))],
    ["in JSON with numbers", secret.replace(/[^a-z]/g, escapeByNumber)],
    ["in a shell's quotes", secret.replaceAll('"', '\\"')],
    ["in hexadecimal", Buffer.from(secret).toString("hex")],
    ["in hexadecimal of upper case", Buffer.from(secret).toString("hex").toUpperCase()],
    ["in hexadecimal of both", Buffer.from(secret).toString("hex").replaceAll("a", "A")],
    [
      "in hexadecimal with colons",
      Buffer.from(secret)
        .toString("hex")
        .replaceAll(/..(?=.)/g, "$&:"),
    ],
    ["in hexadecimal escapes", Buffer.from(secret).toString("hex").replaceAll(/../g, "\\x$&")],
  ])("finds one %s", (_, spelling) => {
    expect(holdsSecret(`<${spelling}>`, secret)).toBe(true);
  });

  it("finds one in a shell's single quotes", () => {
    expect(holdsSecret(`'it'\\''s a long secret'`, "it's a long secret")).toBe(true);
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
