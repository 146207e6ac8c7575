import type { ProbeResponse } from "./probe-plan.js";

/** The schemes that are told by name: anything else in that header may be anything, a key even. */
const schemes = ["Basic", "Digest", "Negotiate", "NTLM", "Token", "DPoP", "GNAP", "HOBA", "Mutual"];

/**
 * What a refusal asks for, in our words: `asks for Basic authentication`; null where it does not say,
 * and where it asks for a Bearer token.
 */
export function readChallenge(answer: ProbeResponse): string | null {
  const { status, headers, body } = answer;
  if (status !== 401 && status !== 407) return null;
  const header = headers["www-authenticate"] ?? headers["proxy-authenticate"] ?? "";
  if (/(?:^|,)\s*bearer\b/i.test(header)) return null;
  const scheme = schemes.find((name) => new RegExp(`(?:^|,)\\s*${name}\\b`, "i").test(header));
  if (scheme !== undefined) return `asks for ${scheme} authentication`;
  if (header.trim() !== "") return "asks for another kind of authentication";
  const isPage =
    /^(?:text\/html|application\/xhtml)/i.test(headers["content-type"] ?? "") ||
    /^\s*<(?:!doctype html|html)/i.test(body);
  return isPage ? "is a web page, as a proxy sends it" : null;
}
