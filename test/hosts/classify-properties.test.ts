import { isIP } from "node:net";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { classifyHost, type Scope } from "../../src/hosts/classify.js";

// The ranges once more, by arithmetic instead of by a library: [scope, first address, prefix length].
const v4: readonly (readonly [Scope, bigint, number])[] = [
  ["all-interfaces", 0n, 32],
  ["loopback", 0x7f000000n, 8],
  ["private", 0x0a000000n, 8],
  ["private", 0xac100000n, 12],
  ["private", 0xc0a80000n, 16],
  ["link-local", 0xa9fe0000n, 16],
  ["shared", 0x64400000n, 10],
  ["invalid", 0xe0000000n, 3],
];
const v6: readonly (readonly [Scope, bigint, number])[] = [
  ["all-interfaces", 0n, 128],
  ["loopback", 1n, 128],
  ["private", 0xfcn << 120n, 7],
  ["link-local", 0xfe80n << 112n, 10],
  ["invalid", 0xffn << 120n, 8],
];

function scopeOf(value: bigint, bits: 32 | 128): Scope {
  if (bits === 128 && value >> 32n === 0xffffn) return scopeOf(value & 0xffffffffn, 32);
  const table = bits === 32 ? v4 : v6;
  const found = table.find(([, first, length]) => (value ^ first) >> BigInt(bits - length) === 0n);
  return found?.[0] ?? "public";
}

const dotted = (value: bigint) => [24n, 16n, 8n, 0n].map((by) => (value >> by) & 255n).join(".");

const groups = (value: bigint) =>
  Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn);

/** An address near the edges that matter as often as anywhere. */
function addresses(bits: 32 | 128): fc.Arbitrary<bigint> {
  const top = (1n << BigInt(bits)) - 1n;
  const edges = (bits === 32 ? v4 : v6).flatMap(([, first, length]) => {
    const next = first + (1n << BigInt(bits - length));
    return [first, first - 1n, next, next - 1n].filter((edge) => edge >= 0n && edge <= top);
  });
  return fc.oneof(
    fc.bigInt({ min: 0n, max: top }),
    fc.constantFrom(...edges),
    fc.bigInt({ min: 0n, max: 0xffffffffn }),
    fc
      .constantFrom(...v4)
      .chain(([, first, length]) =>
        fc
          .bigInt({ min: 0n, max: (1n << BigInt(32 - length)) - 1n })
          .map((rest) => first + rest + (bits === 128 ? 0xffffn << 32n : 0n)),
      ),
  );
}

interface Spelling {
  readonly upper: boolean;
  readonly padded: boolean;
  readonly dottedTail: boolean;
  /** From which zero group on to shorten, if any is zero. */
  readonly shorten: number;
  readonly bracketed: boolean;
  readonly zone: string;
}

const spellings: fc.Arbitrary<Spelling> = fc.record({
  upper: fc.boolean(),
  padded: fc.boolean(),
  dottedTail: fc.boolean(),
  shorten: fc.integer({ min: 0, max: 8 }),
  bracketed: fc.boolean(),
  zone: fc.constantFrom("", "%lo", "%eth0.100", "%wlp3s0-x"),
});

function spell(value: bigint, how: Spelling): string {
  const words = groups(value).map((g) => g.toString(16).padStart(how.padded ? 4 : 1, "0"));
  if (how.dottedTail) words.splice(6, 2, dotted(value & 0xffffffffn));
  let text = words.join(":");
  const isZero = (word: string | undefined) => word !== undefined && /^0+$/.test(word);
  if (isZero(words[how.shorten])) {
    let end = how.shorten;
    while (isZero(words[end])) end++;
    text = `${words.slice(0, how.shorten).join(":")}::${words.slice(end).join(":")}`;
  }
  if (how.upper) text = text.toUpperCase();
  return how.bracketed ? `[${text}${how.zone}]` : `${text}${how.zone}`;
}

/** By node's and the URL standard's readers of the same text. */
function isReallyLoopback(host: string): boolean {
  if (/^localhost\.?$/i.test(host)) return true;
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(bare) === 0) return false;
  const { hostname } = new URL(`http://${isIP(bare) === 6 ? `[${bare}]` : bare}`);
  return /^(?:127\.[\d.]+|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/.test(hostname);
}

describe("classifyHost", () => {
  it("gives every IPv4 address its scope", () => {
    fc.assert(
      fc.property(addresses(32), (value) => {
        expect(classifyHost(dotted(value)).scope).toBe(scopeOf(value, 32));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives every spelling of an IPv6 address its scope", () => {
    fc.assert(
      fc.property(addresses(128), spellings, (value, how) => {
        expect(classifyHost(spell(value, how)).scope).toBe(scopeOf(value, 128));
      }),
      { numRuns: 5000 },
    );
  });

  const pieces = fc.constantFrom(
    ..."0 00 1 7f 127 255 256 ffff 0x7f : :: . 0.0.0.1 127.0.0.1 0177.0.0.1 ::ffff: % [ ] lo localhost - _ @".split(
      " ",
    ),
    " ",
    "\n",
    "\u{ff11}",
  );
  const scraps = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
  const hosts = fc.oneof(scraps, fc.string({ unit: "binary" }));

  it("takes for an address exactly what node does, brackets and zones aside", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        fc.pre(!/[%[\]]/.test(host));
        const { address, problem } = classifyHost(host);
        const taken = address !== null || problem?.startsWith("no server") === true;
        expect(taken).toBe(isIP(host) !== 0);
      }),
      { numRuns: 20_000 },
    );
  });

  it("calls nothing loopback that is not", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        expect(classifyHost(host).scope === "loopback" && !isReallyLoopback(host)).toBe(false);
      }),
      { numRuns: 20_000 },
    );
  });

  it("proposes only what it would itself take as it stands", () => {
    fc.assert(
      fc.property(hosts, (host) => {
        const proposal = classifyHost(host).hint?.replace("write it as ", "") ?? "localhost";
        expect(classifyHost(proposal).canonical).toBe(proposal);
      }),
      { numRuns: 20_000 },
    );
  });
});
