import { canListen } from "../../hosts/can-listen.js";
import { isPythonLoopback } from "../../hosts/python-loopback.js";
import type { BindRule } from "../contract/description.js";

/** What the server itself does with this host, as `System.wouldStart`. */
export function wouldStart(
  rule: BindRule | null,
  host: string,
  hasKey: boolean,
  allowsUnsafe: boolean,
): boolean | null {
  if (rule === null) return null;
  const given = rule.trimmed ? host.trim() : host;
  if (!canListen(given, rule.spellings)) return false;
  return hasKey || allowsUnsafe || !refuses(rule, given);
}

/** Holes included: it goes by the text, where people mean the address. */
function refuses({ refusesWithoutKey: rule }: BindRule, host: string): boolean {
  if (rule === "nothing") return false;
  return rule === "beyond-python-loopback" ? !isPythonLoopback(host) : rule.hosts.includes(host);
}
