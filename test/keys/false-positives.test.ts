import { createCipheriv } from "node:crypto";

import { describe, expect, it } from "vitest";

import { assessKey } from "../../src/keys/strength.js";
import { generateKey } from "../../src/keys/generate.js";
import { ordinaryWords } from "./words.js";

/** `npm run false-positives` looks at a million of each. */
const amount = Number(process.env["KEYWARD_KEYS"] ?? 20_000);
const passphrases = Math.max(10_000, amount / 10);

/** Random bytes that are the same every time. */
function createBytes(seed: string): (length: number) => Buffer {
  const key = Buffer.alloc(32, seed);
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (length) => stream.update(Buffer.alloc(length));
}

function pickFrom(alphabet: string, length: number, bytes: (length: number) => Buffer): string {
  const random = bytes(length * 4);
  return Array.from(
    { length },
    (_, at) => alphabet[random.readUInt32LE(at * 4) % alphabet.length],
  ).join("");
}

const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const alphanumeric = digits + letters + letters.toLowerCase();

type Make = (bytes: (length: number) => Buffer) => string;

const formats: Record<string, Make> = {
  base64url: (bytes) => generateKey("base64url", (buffer) => buffer.set(bytes(buffer.length))),
  openjarvis: (bytes) => generateKey("openjarvis", (buffer) => buffer.set(bytes(buffer.length))),
  hex: (bytes) => bytes(32).toString("hex"),
  "short hex": (bytes) => bytes(16).toString("hex"),
  "upper-case hex": (bytes) => bytes(32).toString("hex").toUpperCase(),
  base64: (bytes) => bytes(32).toString("base64"),
  base32: (bytes) => pickFrom(`${letters}234567`, 32, bytes),
  ulid: (bytes) => pickFrom(`${digits}ABCDEFGHJKMNPQRSTVWXYZ`, 26, bytes),
  uuid: (bytes) =>
    bytes(16)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  "letters and digits": (bytes) => pickFrom(alphanumeric, 32, bytes),
  digits: (bytes) => pickFrom(digits, 32, bytes),
  printable: (bytes) =>
    pickFrom(
      Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at)).join(""),
      32,
      bytes,
    ),
};

describe("a random key is a key", () => {
  it.each(Object.entries(formats))("%s", { timeout: 600_000 }, (name, make) => {
    const bytes = createBytes(name);
    const taken: string[] = [];
    for (let at = 0; at < amount; at++) {
      const key = make(bytes);
      if (assessKey(key).kind !== null) taken.push(key);
    }
    expect(taken).toEqual([]);
  });
});

describe("a passphrase of six ordinary words is a key", () => {
  it.each([["-"], ["_"], ["."], [" "], [""], ["camelCase"]])("with %j", (separator) => {
    const bytes = createBytes(`words ${separator}`);
    const random = bytes(passphrases * 24);
    const taken: string[] = [];
    for (let at = 0; at < passphrases; at++) {
      const words = Array.from({ length: 6 }, (_, word) => {
        const index = random.readUInt32LE((at * 6 + word) * 4) % ordinaryWords.length;
        return ordinaryWords[index] ?? "";
      });
      const phrase =
        separator === "camelCase"
          ? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")
          : words.join(separator);
      if (assessKey(phrase).kind !== null) taken.push(phrase);
    }
    expect(taken).toEqual([]);
  });

  it("is made of words that documentation has too", () => {
    const shared = ["secret", "key", "change", "random", "token", "password", "example", "insert"];
    expect(ordinaryWords).toEqual(expect.arrayContaining(shared));
    expect(new Set(ordinaryWords).size).toBe(ordinaryWords.length);
    expect(assessKey("change-insert-secret-random-token-key").kind).toBe("placeholder");
    expect(assessKey("change-insert-secret-random-token-walrus").kind).toBeNull();
  });
});
