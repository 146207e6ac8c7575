import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { findKeys, hideKeys, looksLikeKey, mayHideKey } from "../../src/keys/looks-like-key.js";
import { keyA, keyB } from "../helpers/keys.js";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.mRGb2JrJmVvRyTcRk0dSTwd5vQ4pTqgUUxdnQvXGkWw";

describe("looksLikeKey", () => {
  it.each([
    [keyA],
    [keyB],
    [`oj_sk_${keyA}`],
    ["oj_sk_short-one"],
    [jwt],
    [Buffer.from(keyA).toString("hex")],
    [Buffer.from(keyA).toString("hex").toUpperCase()],
    [Buffer.from(keyA).toString("base64")],
    ["q3+8Zk/Tn1v0aYwHcX9u2LmErJ5sBdGfPiO7eVtQ4KA="],
    ["Xk29fQ7Lm3pZ8RtV1bN4"],
    ["sk-proj-8fK2mQ9xL4vR7tZ1nB6w"],
    ["ghp_x8K2mQ9vL4R7tZ1nB6wY3cD5eF0gH"],
    ["k7f2m9x4q1w8e5r3t6y0u2i4o9p1a7s3"],
  ])("says yes to %s", (word) => {
    expect(looksLikeKey(word)).toBe(true);
  });

  it("says yes to whatever may be generated", () => {
    for (let at = 0; at < 300; at++) {
      const bytes = randomBytes(32);
      for (const encoding of ["hex", "base64", "base64url"] as const) {
        const key = bytes.toString(encoding);
        expect([looksLikeKey(key), key]).toEqual([true, key]);
      }
    }
  });

  it.each([
    ["auth"],
    ["generate-key"],
    ["generate-a-key-for-the-server-of-my-machine"],
    ["OPENJARVIS_API_KEY"],
    ["JEAN2_AUTH_TOKEN_PREVIOUS_UNTIL"],
    ["openjarvis-production-2024-eu-west-1.example.com"],
    ["ip-10-0-12-34.eu-west-1.compute.internal"],
    ["jean-server.service"],
    ["Jean2-Server-2024-Prod"],
    ["docker-compose.override.yaml"],
    ["2001:db8:85a3:8d3:1319:8a2e:370:7348"],
    ["550e8400-e29b-41d4-a716-446655440000"],
    ["2026-01-02T03:04:05.678Z"],
    ["00000000000000000000000000000000"],
    ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
    ["deployment-7f9c6d5b8-x2x4z"],
    ["/home/me/.nvm/versions/node/v22.1.0/bin/node"],
    ["/Users/Jane/Library/Application-Support/Node22/bin"],
  ])("says no to %s", (word) => {
    expect(looksLikeKey(word)).toBe(false);
  });
});

describe("findKeys", () => {
  it.each([
    [`--token=${keyA}`],
    [`Authorization: Bearer ${keyA}`],
    [`JEAN2_AUTH_TOKEN='${keyA}' jean2 restart`],
    [`http://u:${keyA}@host/`],
    [`http://${keyA}@host`],
    [`http://host/?token=${keyA}`],
    [`http://host/?a=b&token=${keyA}#x`],
    [`http://host/#${keyA}`],
    [`http://host/${keyA}/x`],
    [`http://${keyA}/`],
    [`unix:/run/a.sock?token=${keyA}`],
    [`/srv/${keyA}/env`],
    [`/validate?token=${keyA}`],
    [`{"key":"${keyA}"}`],
    [`${keyA},`],
  ])("finds the one in %s", (text) => {
    expect(findKeys(text)).toContain(keyA);
  });

  it("finds one that is percent-encoded", () => {
    const key = "q3+8Zk/Tn1v0aYwHcX9u2LmErJ5sBdGfPiO7eVtQ4KA=";
    expect(findKeys(`http://h/?token=${encodeURIComponent(key)}`)).not.toEqual([]);
  });

  it.each([
    ["http://127.0.0.1:8742"],
    ["https://expyuzz4wqqyqhjn6lq3nfhqzjf4i3c2hdcb4mpz3tu6aejpxq7wqlqd.onion/"],
    ["/nix/store/7w5k0d3cb0rz4bzj1gnhqhq2x9a1y6vz-oj/env"],
    [`/var/lib/docker/volumes/${"0a1b2c3d".repeat(8)}/_data/env`],
    ["JEAN_HOST=127.0.0.1"],
  ])("finds none in %s", (text) => {
    expect(findKeys(text)).toEqual([]);
  });
});

describe("mayHideKey", () => {
  it.each([
    ["/srv/oj OPENJARVIS_API_KEY=short"],
    ["/srv/oj;api_key=x"],
    ["0.0.0.0 JEAN_TOKEN=x"],
    ["/srv/oj --password=x"],
    [`/srv/${keyA}`],
    [keyA],
  ])("is wary of %s", (value) => {
    expect(mayHideKey(value)).toBe(true);
  });

  it.each([["/srv/oj"], ["/srv/my server/a=b"], ["0.0.0.0"], ["agent.example"], [""], ["::1"]])(
    "is not of %j",
    (value) => {
      expect(mayHideKey(value)).toBe(false);
    },
  );
});

describe("hideKeys", () => {
  it("takes out the words that it is given, and what is surely a key", () => {
    expect(hideKeys(`a hunter2 ${keyA}, oj_sk_${keyA} (${jwt}) b`, ["hunter2"])).toBe(
      "a … …, … (…) b",
    );
  });

  it("leaves fingerprints, masks, paths and words", () => {
    const text = "sha256:0a1b2c3d4e5f oj_sk_aaaa…aaaa /srv/oj/.env OPENJARVIS_API_KEY";
    expect(hideKeys(text)).toBe(text);
  });
});
