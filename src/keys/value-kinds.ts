import { isDocumentation } from "./documentation-words.js";
import { keyPrefixes } from "./formats.js";

/**
 * What stands where a key belongs, and is not one.
 *
 * - `substitution` a command that was to make the key, and that no shell ran: `$(openssl rand -hex 32)`
 * - `error-text` what a program complained of in place of a key: `Error: No such command …`
 * - `template` a gap that was to be filled in: `{{ api_key }}`, `%API_KEY%`, `<your key>`
 * - `variable` the name of a variable, which this reader takes as it stands: `${ROOT_KEY}`
 * - `reference` what another tool was to put the key in the place of: `op://…`, `encrypted:…`. With
 *   that tool the server may well have a key
 * - `placeholder` what documentation prints: `your-secret-key`, `change_me_in_prod_please_now`
 */
export type ValueKind =
  "substitution" | "error-text" | "template" | "variable" | "reference" | "placeholder";

/** A {@link ValueKind}, and its words, to stand after "the key is". */
export interface FoundKind {
  readonly kind: ValueKind;
  readonly message: string;
}

/** What to call a value of each kind, where there is room for a word or two. */
export const kindNames: Readonly<Record<ValueKind, string>> = {
  substitution: "a command substitution",
  "error-text": "an error message",
  template: "a template",
  variable: "a variable's name",
  reference: "a reference",
  placeholder: "a placeholder",
};

const toolReference: FoundKind = {
  kind: "reference",
  message: "a reference that another tool has to resolve",
};
const variableReference: FoundKind = {
  kind: "variable",
  message: "a reference that this reader does not expand",
};
const template: FoundKind = {
  kind: "template",
  message: "a template that nobody filled in",
};
const placeholder: FoundKind = { kind: "placeholder", message: "a placeholder from documentation" };

type Rule = readonly [RegExp, FoundKind];

/** What no generated key is without: these are letters, digits, `-`, `_`, `+`, `/` and `=`. */
const mark = /[^\w+/=-]/;

/** The rules for values without a mark. */
const plainRules: readonly Rule[] = [
  ...each(toolReference, [
    /^(?:projects|subscriptions)\/[^/\s]+\/(?:.+\/)?(?:secrets|vaults)\/\S+$/i,
    /^\/(?:run|var\/run)\/(?:secrets|credentials)\/\S+$/,
  ]),
  ...each(template, [/^__(?:[A-Z0-9_]+|[a-z0-9_]+)__$/]),
  ...each(placeholder, [/^(?:x+|\.+|\*+|…+|•+|-+|_+)$/i]),
];

/**
 * The rules for values with a mark; the first that fits counts. Each looks at the whole value, and
 * what stands between marks must look like what belongs there: a random key of printable characters
 * may begin with a `<` and end with a `>`.
 */
const markedRules: readonly Rule[] = [
  ...each({ kind: "substitution", message: "a command substitution that nobody ran" }, [
    // Also without its end, where the reader stops at a blank.
    /^\$\([a-z./~][\w./~-]*(?:\s|$)/i,
    /^\$\((?:[a-z./~][\w./~-]*(?:[\s<|;&].*)?|[<[{("'\s].*)\)$/is,
    /^[\w-]*\$\([a-z./][\w./-]*\s[^)]*\)[\w-]*$/is,
    /^`[a-z./][\w./-]*`$/i,
    /^[\w-]*`[a-z./][\w./-]*\s[^`]*`[\w-]*$/is,
    // Without its marks: no passphrase begins with these.
    /^(?:openssl|jarvis|jean2|keyward|pwgen)\s/i,
  ]),
  ...each({ kind: "error-text", message: "an error message in place of a key" }, [
    /^(?:\S+: )*(?:[\w.]*(?:error|exception|warning)|usage|fatal|panic)(?:\[\w+\])?:(?:\s|$)/i,
    /^npm err!?\s/i,
    /^(?:unknown|invalid|unrecogni[sz]ed|unexpected|missing|no such) (?:sub)?(?:command|option|argument|flag)\b/i,
    /^(?:cannot|could not|unable to|failed to) \w+ \S/i,
    /^traceback \(/i,
    /\b(?:command not found|no such (?:command|file|option)|permission denied|cannot find (?:module|the)|not recogni[sz]ed as|unknown (?:command|option)|unrecogni[sz]ed (?:command|option|argument)|most recent call last)\b/i,
    /^\S+: (?:line )?\d+: .*: not found$/i,
    /^<(?:!doctype|html)\b/i,
    /^\{\s*"(?:error|errors|detail|message|code|status)"\s*:/i,
  ]),
  ...each(toolReference, [
    // Any address: what is at its end is meant, be it op://, ref+vault:// or https://.
    /^[a-z][a-z0-9+.-]*:\/\/./i,
    /^(?:encrypted|enc|vault|bao|sops|ssm|awssm|aws-sm|secretsmanager|gcpsm|gcp-sm|azkv|akv|keyvaultref|secretref|doppler|infisical|keychain|keyring|kms|file|env|cmd|exec|arn:[\w-]+):\S/,
    /^@?(?:[\w.]*keyvault|enc|ej|vault|ssm|secret|lookup|getenv|env|process\.env|os\.environ|os\.getenv)(?:\[.*\]|\(.*\))$/is,
    /^(?:\{cipher\}|\{\{\s*resolve:|<path:|\$ANSIBLE_VAULT;|!vault\b|-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----)/i,
  ]),
  ...each(variableReference, [
    /^(?:process|import\.meta)\.env\.\w+$/,
    /^\$env:\w+$/i,
    // A password may well begin with a dollar for an s.
    /^\$(?:[A-Z_][A-Z0-9_]*|[a-z][a-z0-9]*(?:_[a-z0-9]+)+)$/,
    /^\$\{[a-z_]\w+(?::?[-?+=].*)?\}$/is,
    /^(?:[\w-]*\$\{[a-z_]\w+\})+[\w-]*$/i,
  ]),
  ...each(template, [
    /^[\w-]*\$?\{\{.*\}\}[\w-]*$/s,
    /^<%.*%>$/s,
    /^<[\p{L}\p{N} _.,:'’/()#-]+>$/u,
    /^\[+[\p{L}\p{N} _.,:'’/()#-]+\]+$/u,
    /^[#$%]?\{[a-z_$][\w .:/-]*\}#?$/i,
    /^\(\([\w ./-]+\)\)$/,
    /^%\(\w+\)s$/,
    /^([@%]{1,2})[a-z_][\w.-]*\1$/i,
    /^([#$]{1,2})[A-Z_][A-Z0-9_.-]*\1$/,
    /^!(?:ref|sub|env|getatt|importvalue)\s/i,
  ]),
];

function each(found: FoundKind, patterns: readonly RegExp[]): Rule[] {
  return patterns.map((pattern) => [pattern, found] as const);
}

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

/**
 * Tells what a value is instead of a key; null for what may be one. Nothing that it answers holds
 * any of the value, which may have a real secret in it.
 *
 * @param value without blanks at its ends
 */
export function findKind(value: string): FoundKind | null {
  const bare = value.startsWith(keyPrefixes.openjarvis)
    ? value.slice(keyPrefixes.openjarvis.length)
    : value;
  const rules = mark.test(bare) ? [...plainRules, ...markedRules] : plainRules;
  for (const [pattern, found] of rules) if (pattern.test(bare)) return found;
  return placeholders.has(value.toLowerCase()) || isDocumentation(value) ? placeholder : null;
}
