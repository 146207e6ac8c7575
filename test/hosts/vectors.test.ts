import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { classifyHost, type Scope } from "../../src/hosts/classify.js";

interface Vector {
  readonly host: string;
  readonly literal: boolean;
  readonly loopback?: boolean;
  readonly unspecified?: boolean;
  readonly private?: boolean;
  readonly linkLocal?: boolean;
  readonly multicast?: boolean;
}

const { hosts } = JSON.parse(
  readFileSync(new URL("../vectors/bind-hosts.json", import.meta.url), "utf8"),
) as { readonly hosts: readonly Vector[] };

/** What Python's facts about a literal come to in our words. */
function scopeByPython(vector: Vector): Scope {
  if (vector.loopback) return "loopback";
  if (vector.unspecified) return "all-interfaces";
  if (vector.multicast) return "invalid";
  if (vector.linkLocal) return "link-local";
  return vector.private ? "private" : "public";
}

// Where we mean to differ from Python's facts about an address.
const differences: readonly (readonly [RegExp, Scope, string])[] = [
  [/^::ffff:7f00:1$/, "loopback", "mapped IPv4 counts as its IPv4, as from Python 3.13 on"],
  [
    /^(?:24\d|25[0-5])\.[\d.]+$/,
    "invalid",
    "240/4: Python calls it private; nothing listens there",
  ],
  [
    /^0\.(?!0\.0\.0$)[\d.]+$/,
    "public",
    "0/8 beyond 0.0.0.0: Python calls it private; never assumed to be",
  ],
  [
    /^(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.18\.0)\.\d+$/,
    "public",
    "documentation, benchmarks: likewise",
  ],
  [/^100\.(?:64|127)\./, "shared", "Python calls it neither private nor global"],
];

// What Python does not read as an address; the seed's rule takes only the first two for loopback.
const others: Readonly<Record<string, Scope>> = {
  localhost: "loopback",
  "": "all-interfaces",
  LOCALHOST: "loopback",
  Localhost: "loopback",
  "localhost.": "loopback",
  any: "name",
  tailscale: "name",
  "localhost.localdomain": "name",
  "xn--localhost": "name",
};

describe("classifyHost on the shared hosts", () => {
  it.each(hosts.filter(({ literal }) => literal))("agrees with Python on $host", (vector) => {
    const difference = differences.find(([pattern]) => pattern.test(vector.host));
    expect(classifyHost(vector.host).scope).toBe(difference?.[1] ?? scopeByPython(vector));
  });

  it.each(hosts.filter(({ literal }) => !literal))("takes $host for no address", ({ host }) => {
    expect(classifyHost(host)).toMatchObject({ scope: others[host] ?? "invalid", address: null });
  });

  it.each(differences)("differs from Python on %s: %s (%s)", (pattern, scope) => {
    const differing = hosts.filter(({ host }) => pattern.test(host));
    expect(differing).not.toEqual([]);
    for (const vector of differing) expect(scopeByPython(vector)).not.toBe(scope);
  });
});
