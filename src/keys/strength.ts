/**
 * What a value is worth as a key.
 *
 * - `none` empty, blank, a placeholder or under 16 characters: nobody is kept out by it
 * - `weak` 16 to 31 characters, or little variety
 * - `strong` anything else
 */
export type KeyStrength = "none" | "weak" | "strong";

/** Why a value is not a strong key. */
export type StrengthReason =
  "empty" | "placeholder" | "too-short" | "short" | "little-variety" | null;

/** The judgement of {@link assessKey}. */
export interface KeyAssessment {
  readonly strength: KeyStrength;
  readonly reason: StrengthReason;
  /** The same in words, to stand after "the key is"; empty for a strong key. */
  readonly message: string;
}

const shortestKey = 16;
const shortestStrongKey = 32;
const fewestDistinct = 8;

/** What the servers' documentation prints where a key belongs, in lower case. */
const placeholders = new Set([
  "your-secret-token",
  "your-secret-key",
  "your-secret-key-here",
  "your_token",
  "change-me-long-random-token",
  "change_this_to_a_secret_string",
  "test-secret-key",
  "oj_sk_test123",
  "kj8vn2qw1xyzm4p7r6sf9t3uc0vd5we8xf1yg4zh7ai2bj",
]);

// Variations on them: "<your key>", "changeme…", "your-api-key-goes-here", "replace_with_…", "xxxxxxxx…".
const placeholderForms =
  /^(?:oj_sk_)?(?:<.*>|\$\{.*\}|(?:your|my|change|replace|insert|example|placeholder)[-_ .]?(?:me|this|with|api|secret|token|key|here|strong|long|random)\b.*|x+|\.+|\*+)$/;

/**
 * Judges a value as a key. Every rule looks at the value alone: keyward has no list of leaked keys.
 *
 * @example
 * assessKey("your-secret-token").strength; // "none"
 */
export function assessKey(key: string): KeyAssessment {
  const trimmed = key.trim();
  const plain = trimmed.toLowerCase();
  if (trimmed === "") return { strength: "none", reason: "empty", message: "empty" };
  if (placeholders.has(plain) || placeholderForms.test(plain)) {
    return { strength: "none", reason: "placeholder", message: "a placeholder from documentation" };
  }
  if (trimmed.length < shortestKey) {
    const message = `under ${shortestKey} characters`;
    return { strength: "none", reason: "too-short", message };
  }
  if (trimmed.length < shortestStrongKey) {
    const message = `under ${shortestStrongKey} characters`;
    return { strength: "weak", reason: "short", message };
  }
  if (hasLittleVariety(trimmed)) {
    return { strength: "weak", reason: "little-variety", message: "of too little variety" };
  }
  return { strength: "strong", reason: null, message: "" };
}

/** Whether a value keeps anybody out: false for what counts as no key at all. */
export function countsAsKey(key: string | null | undefined): key is string {
  return typeof key === "string" && assessKey(key).strength !== "none";
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
