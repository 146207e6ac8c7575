import type { Finding, FindingId } from "../../core/finding.js";
import type { FindingInput } from "./finding-input.js";

const day = 86_400_000;
const expiresSoon = 14 * day;

/** What is to be known of the way to the server, and of who else gets there. */
export const findInConnection: readonly ((input: FindingInput) => Finding | null)[] = [
  function findUnencrypted({ target, first }) {
    if (first === null || target.secure || target.loopback) return null;
    const message = "keys are sent to it unencrypted";
    return { id: "no-tls", severity: "warning", message, fix: "put a proxy with TLS before it" };
  },

  function findUnverified({ target, insecure }) {
    if (!target.secure || !insecure) return null;
    const message = "its certificate was not checked, so another server may have answered";
    return { id: "tls-unverified", severity: "warning", message, fix: "use --ca FILE" };
  },

  function findExpiry({ first, now }) {
    const expires = first?.certificateExpires ?? null;
    if (expires === null || expires - now > expiresSoon) return null;
    const on = new Date(expires).toISOString().slice(0, 10);
    const [id, message]: [FindingId, string] =
      expires <= now
        ? ["certificate-expired", `its certificate expired on ${on}`]
        : ["certificate-expiring", `its certificate expires on ${on}`];
    return { id, severity: "warning", message, fix: "renew it" };
  },

  function findProxy({ proxy, first }) {
    if (proxy === null || first === null) return null;
    const message = `it was asked through the proxy ${proxy.origin}`;
    return { id: "proxied", severity: "info", message, fix: null };
  },

  function findAnyOrigin({ surroundings, verdict }) {
    if (surroundings.anyOrigin !== true) return null;
    const severity = verdict === "open" ? "warning" : "info";
    const message = "its CORS headers let a script of any web page read its answers";
    return { id: "any-origin", severity, message, fix: null };
  },

  function findAnyHost({ surroundings, verdict, target }) {
    if (surroundings.anyHost !== true) return null;
    // Where a key is asked for, a page that rebinds its name gets no further than anybody else.
    const severity = verdict === "open" && target.loopback ? "warning" : "info";
    const message = "it answers to any host name, so that a web page can reach it by DNS rebinding";
    return { id: "any-host", severity, message, fix: null };
  },

  function findDocumentation({ surroundings: { documentation } }) {
    if (documentation === null) return null;
    const message = `${documentation} shows the documentation of its API without a key`;
    const fix = "close it in the proxy before the server, if that matters to you";
    return { id: "documentation-public", severity: "info", message, fix };
  },

  function findLocalhost({ target, first }) {
    if (target.addresses === null || target.addresses.length < 2 || first === null) return null;
    const message = `${target.hostname} is ${first.address} here`;
    return { id: "localhost", severity: "info", message, fix: null };
  },

  function findWithheld({ decision }) {
    if (decision === null || decision.send) return null;
    return { id: "key-withheld", severity: "info", message: decision.why, fix: decision.hint };
  },
];
