import { KeywardError } from "../core/errors.js";
import { assessKey } from "../keys/strength.js";
import { nameKeys, type NamedKey } from "./key-ring.js";

const hint = "make one: keyward auth generate-key";

/**
 * Reads the option `keys`. Messages never show a key.
 *
 * @throws KeywardError `no-key` without a key or with an empty one, `key-refused` for one that keeps
 *   nobody out, that no header carries, or that is there twice; TypeError for what is not a key
 */
export function readKeys(
  option: string | NamedKey | readonly (string | NamedKey)[],
): readonly NamedKey[] {
  const all: unknown = Array.isArray(option) ? option : [option];
  if (!isKeyList(all)) {
    throw new TypeError("keys must be a string or an array of strings, or of { name, key }");
  }
  if (all.length === 0) throw new KeywardError("no-key", "there is no key to ask for", { hint });
  const keys = nameKeys(all);
  const names = new Set<string>();
  const places = new Map<string, string>();
  for (const [index, each] of keys.entries()) {
    // By its place: whoever mixes name and key up must not find the key in a log.
    const place = keys.length === 1 ? "the key" : `keys[${index}]`;
    if (each.name === "" || names.has(each.name)) {
      throw new TypeError(`${place} must have a name of its own`);
    }
    names.add(each.name);
    checkExpiry(each, place);
    checkKey(each, place);
    const twin = places.get(each.key);
    if (twin !== undefined) {
      throw new KeywardError("key-refused", `${twin} and ${place} are the same key`, { hint });
    }
    places.set(each.key, place);
  }
  return keys;
}

function isKeyList(all: unknown): all is readonly (string | NamedKey)[] {
  return Array.isArray(all) && all.every((each) => typeof each === "string" || isNamedKey(each));
}

function isNamedKey(each: unknown): each is NamedKey {
  if (typeof each !== "object" || each === null || !("name" in each && "key" in each)) return false;
  return typeof each.name === "string" && typeof each.key === "string";
}

function checkExpiry({ expires }: NamedKey, place: string): void {
  if (expires === undefined) return;
  if (!(typeof expires === "number" || expires instanceof Date) || Number.isNaN(Number(expires))) {
    throw new TypeError(`expires of ${place} must be milliseconds since 1970 or a Date`);
  }
}

function checkKey({ key }: NamedKey, place: string): void {
  const { strength, reason, message } = assessKey(key);
  if (strength === "none") {
    const code = reason === "empty" ? "no-key" : "key-refused";
    throw new KeywardError(code, `${place} is ${message}: it would keep nobody out`, { hint });
  }
  if (!/^[!-~]+$/.test(key)) {
    const problem = "has blanks or characters beyond ASCII, which not every header carries";
    throw new KeywardError("key-refused", `${place} ${problem}`, { hint });
  }
}
