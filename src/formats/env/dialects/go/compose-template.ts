type Lookup = (name: string) => string | undefined;

/**
 * Expands `$NAME`, `${NAME}`, `${NAME-…}`, `${NAME+…}`, `${NAME?…}` (each with `:` for "or empty")
 * and `$$` as compose does; null where compose gives up.
 */
export function fillTemplate(template: string, lookup: Lookup): string | null {
  let out = "";
  let at = 0;
  for (;;) {
    const dollar = template.indexOf("$", at);
    if (dollar === -1) return out + template.slice(at);
    out += template.slice(at, dollar);
    const next = template[dollar + 1];
    if (next === "$") {
      out += "$";
      at = dollar + 2;
    } else if (next === "{") {
      const filled = fillBraces(template, dollar, lookup);
      if (filled === null) return null;
      out += filled.value;
      at = filled.end;
    } else {
      const end = findNameEnd(template, dollar + 1);
      const name = template.slice(dollar + 1, end);
      out += name === "" ? "$" : (lookup(name) ?? "");
      at = end;
    }
  }
}

function fillBraces(
  template: string,
  dollar: number,
  lookup: Lookup,
): { value: string; end: number } | null {
  const nameEnd = findNameEnd(template, dollar + 2);
  const name = template.slice(dollar + 2, nameEnd);
  if (name === "") return null;
  const held = lookup(name);
  if (template[nameEnd] === "}") return { value: held ?? "", end: nameEnd + 1 };

  const colon = template[nameEnd] === ":" ? 1 : 0;
  const operator = template[nameEnd + colon];
  const close = findClose(template, dollar);
  if (close === -1 || operator === undefined || !"-+?".includes(operator)) return null;
  const argument = template.slice(nameEnd + colon + 1, close);
  const present = held !== undefined && !(colon === 1 && held === "");
  if (present === (operator === "+")) {
    const value = fillTemplate(argument, lookup);
    return value === null || operator === "?" ? null : { value, end: close + 1 };
  }
  return { value: held ?? "", end: close + 1 };
}

function findNameEnd(template: string, from: number): number {
  let at = from;
  while (/[A-Za-z_]/.test(template[at] ?? "") || (at > from && /\d/.test(template[at] ?? ""))) {
    at += 1;
  }
  return at;
}

/** The brace that closes `${`, by compose's own count, else the last brace of the line; -1 for none. */
function findClose(template: string, dollar: number): number {
  const lineEnd = template.indexOf("\n", dollar);
  const last = template.lastIndexOf("}", lineEnd === -1 ? template.length : lineEnd);
  if (last < dollar) return -1;
  let open = 0;
  for (let at = dollar; at <= last; at += 1) {
    if (template[at] === "}" && --open === 0) return at;
    // Compose never looks at the character behind an opening brace.
    if (template[at] === "{") {
      open += 1;
      at += 1;
    }
  }
  return last;
}
