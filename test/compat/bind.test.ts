import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { BindRefused, checkBindSafety } from "../../src/compat/bind.js";

interface Vector {
  readonly host: string;
  readonly openjarvisLoopback: boolean;
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/bind-hosts.json", import.meta.url), "utf8"),
) as { readonly hosts: readonly Vector[] };

const refusal = (host: string) =>
  `Binding to ${host} requires OPENJARVIS_API_KEY to be set. Run: jarvis auth generate-key`;

function messageOf(host: string, apiKey: string): string | null {
  try {
    checkBindSafety(host, { apiKey });
    return null;
  } catch (error) {
    if (error instanceof BindRefused && error.host === host) return error.message;
    throw error;
  }
}

describe("checkBindSafety of keyward/compat", () => {
  it("has hosts to try", () => {
    expect(vectors.hosts.length).toBeGreaterThan(100);
  });

  it.each(vectors.hosts)("judges $host as Python does", ({ host, openjarvisLoopback }) => {
    expect(messageOf(host, "")).toBe(openjarvisLoopback ? null : refusal(host));
    expect(messageOf(host, "k")).toBeNull();
  });

  it("takes a blank for a key, as OpenJarvis does", () => {
    expect(messageOf("0.0.0.0", " ")).toBeNull();
  });

  it("is an error with a name of its own", () => {
    expect(new BindRefused("::")).toMatchObject({ name: "BindRefused", message: refusal("::") });
  });
});
