import { isPythonLoopback } from "../hosts/python-loopback.js";

/** What {@link checkBindSafety} throws where OpenJarvis ends its process with status 1. */
export class BindRefused extends Error {
  override readonly name = "BindRefused";
  /** The host that was refused, as it was given. */
  readonly host: string;

  constructor(host: string) {
    super(
      `Binding to ${host} requires OPENJARVIS_API_KEY to be set. Run: jarvis auth generate-key`,
    );
    this.host = host;
  }
}

/**
 * OpenJarvis's `check_bind_safety`, its holes included: the empty host passes without a key (and
 * the server then listens everywhere), any text that is not empty counts as a key, and a name other
 * than `localhost` is refused unresolved. New code wants the strict `checkBindSafety` instead.
 *
 * @throws BindRefused when the host is not loopback by OpenJarvis's rule and there is no key
 * @example
 * checkBindSafety("0.0.0.0", { apiKey: "" }); // throws BindRefused
 */
export function checkBindSafety(host: string, options: { readonly apiKey: string }): void {
  if (!options.apiKey && !isPythonLoopback(host)) throw new BindRefused(host);
}
