import type { Clock } from "../core/machine.js";
import type { AuthenticatorOptions } from "./authenticator-options.js";
import type { GuardedRequest } from "./decision.js";
import { protectBy } from "./protected-paths.js";
import type { RequestForms } from "../systems/contract/wire.js";
import { servableSystems } from "../systems/list.js";
import { formsOfTransports, readTransports } from "./transports.js";

const known = new Set([
  "system",
  "transports",
  "realm",
  "keys",
  "verifyJwt",
  "protects",
  "allowedNetworks",
  "trustedProxies",
  "allowedHosts",
  "limiter",
  "onDecision",
  "clock",
]);

/** What an authenticator's options come to, keys and guard apart. @throws TypeError for bad ones */
export function readCommonOptions(options: AuthenticatorOptions): {
  forms: RequestForms;
  clock: Pick<Clock, "now">;
} {
  // A misspelled guard would guard nothing.
  const unknown = Object.keys(options).find((name) => !known.has(name));
  if (unknown !== undefined) throw new TypeError(`${unknown} is no option of createAuthenticator`);
  if ("verifyJwt" in options) {
    if ("keys" in options) throw new TypeError("keys and verifyJwt do not go together");
    requireFunction("verifyJwt", options.verifyJwt);
  } else if (!("keys" in options)) {
    throw new TypeError("keys must be a string or an array of strings, or verifyJwt a function");
  }
  const { clock = Date, protects, onDecision } = options;
  if (typeof clock?.now !== "function") {
    throw new TypeError("clock must have a function now: Date will do");
  }
  if (onDecision !== undefined) requireFunction("onDecision", onDecision);
  if (protects !== undefined) requireFunction("protects", protects);
  const forms = readForms(options);
  const isProtected =
    protects === undefined
      ? (request: GuardedRequest) => request.upgrade === true || forms.isProtected(request)
      : protectBy(protects);
  return { forms: { ...forms, isProtected }, clock };
}

function readForms(options: AuthenticatorOptions): RequestForms {
  if ("transports" in options) {
    if ("system" in options) throw new TypeError("system and transports do not go together");
    const { realm = "api" } = options;
    if (typeof realm !== "string" || !/^[ !#-[\]-~]*$/.test(realm)) {
      throw new TypeError("realm must be printable ASCII without quotes and backslashes");
    }
    return formsOfTransports(readTransports(options.transports), realm);
  }
  if ("realm" in options) throw new TypeError("realm goes with transports only");
  const { system } = options;
  if (!Object.hasOwn(servableSystems, system)) {
    const names = Object.keys(servableSystems).join(", ");
    throw new TypeError(`system must be one of ${names}, got ${system as string}`);
  }
  const { lifetime, serverSide } = servableSystems[system];
  // What has a lifetime is signed with the key.
  if (lifetime !== undefined && "keys" in options) {
    throw new TypeError(`system ${system} takes JWTs: give verifyJwt in place of keys`);
  }
  return serverSide.requests;
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new TypeError(`${name} must be a function, got ${typeof value}`);
  }
}
