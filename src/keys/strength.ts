import { findKind, type ValueKind } from "./value-kinds.js";

/**
 * What a value is worth as a key.
 *
 * - `none` empty, blank, under 16 characters, or something else than a key: nobody is known to be
 *   kept out by it
 * - `weak` 16 to 31 characters, or little variety
 * - `strong` anything else
 */
export type KeyStrength = "none" | "weak" | "strong";

/** Why a value is not a strong key. */
export type StrengthReason = "empty" | ValueKind | "too-short" | "short" | "little-variety" | null;

/** The judgement of {@link assessKey}. */
export interface KeyAssessment {
  readonly strength: KeyStrength;
  readonly reason: StrengthReason;
  /** What the value is instead of a key; null for what may be one. */
  readonly kind: ValueKind | null;
  /** The same in words, to stand after "the key is"; empty for a strong key. */
  readonly message: string;
}

const shortestKey = 16;
const shortestStrongKey = 32;
const fewestDistinct = 8;

/**
 * Judges a value as a key. Every rule looks at the value alone: keyward has no list of leaked keys.
 *
 * @example
 * assessKey("your-secret-token").strength; // "none"
 */
export function assessKey(key: string): KeyAssessment {
  const trimmed = key.trim();
  if (trimmed === "") return judge("none", "empty", "empty");
  const found = findKind(trimmed);
  if (found !== null) return { ...judge("none", found.kind, found.message), kind: found.kind };
  if (trimmed.length < shortestKey) {
    return judge("none", "too-short", `under ${shortestKey} characters`);
  }
  if (trimmed.length < shortestStrongKey) {
    return judge("weak", "short", `under ${shortestStrongKey} characters`);
  }
  if (hasLittleVariety(trimmed)) return judge("weak", "little-variety", "too repetitive");
  return judge("strong", null, "");
}

function judge(strength: KeyStrength, reason: StrengthReason, message: string): KeyAssessment {
  return { strength, reason, kind: null, message };
}

/**
 * Whether a value is known to keep anybody out: false for what counts as no key at all, and for a
 * reference, of which it is not known what it stands for ({@link isReference}).
 */
export function countsAsKey(key: string | null | undefined): key is string {
  return typeof key === "string" && assessKey(key).strength !== "none";
}

/** Whether a value stands for a key that another tool, or the reader, was to put in its place. */
export function isReference(key: string | null | undefined): key is string {
  return typeof key === "string" && assessKey(key).kind === "reference";
}

function hasLittleVariety(key: string): boolean {
  return new Set(key).size < fewestDistinct || isRepetition(key) || isSequence(key);
}

/** A shorter string written twice or more, the last time perhaps cut off. */
function isRepetition(key: string): boolean {
  // How much of its beginning each beginning ends with: a key may be a megabyte long.
  const borders = new Uint32Array(key.length);
  for (let at = 1, length = 0; at < key.length; at++) {
    while (length > 0 && key[at] !== key[length]) length = borders[length - 1] ?? 0;
    if (key[at] === key[length]) length++;
    borders[at] = length;
  }
  return (borders.at(-1) ?? 0) >= key.length / 2;
}

/** Mostly neighbours, as in "abcdefgh…" or "9876543…". */
function isSequence(key: string): boolean {
  let steps = 0;
  for (let i = 1; i < key.length; i++) {
    if (Math.abs(key.charCodeAt(i) - key.charCodeAt(i - 1)) === 1) steps++;
  }
  return steps > key.length / 2;
}
