import type { KeyForm } from "./description.js";
import type { SiteMaker } from "./site.js";
import type { RequestForms, WireForms } from "./wire.js";

/** A release of a system's server that differs from others on the wire. */
export interface Release {
  readonly name: string;
  /** It looks at what the key signed, so that the key has to be fit for it. */
  readonly verifies?: true;
  /** It is given a key and does not look at it. */
  readonly ignoresKey?: true;
  /** What is worth knowing of who gets in. */
  readonly note?: string;
  /** What it does without a key, where that is not to let everybody in. */
  readonly withoutKey?: string;
}

/** What it takes to be a system's server: to authenticate as it does, and to stand in for it. */
export interface ServerSide {
  /** How requests carry its credential. */
  readonly requests: RequestForms;
  /** The releases that the reference server can be; `current` is one of them. */
  readonly releases: readonly Release[];
  /** Bytes that a request's head may have; 16 KiB unless said otherwise. */
  readonly longestHeaders?: number;
  /** Loaded by those that start one: other commands need none. */
  readonly loadSite: () => Promise<SiteMaker>;
}

/** The forms of a system whose key is compared. */
export function formsOfWire(wire: WireForms, forms: readonly KeyForm[]): RequestForms {
  return {
    isProtected: (request) => wire.isProtected(request),
    answerPreflight: (request) => wire.answerPreflight(request),
    credentials: (request) => wire.credentials(request),
    refuse(request, reason) {
      const refusal = wire.refuse(request);
      // No system tells a client that its key was good once: only the code knows.
      return reason === "expired-key" ? { ...refusal, code: reason } : refusal;
    },
    isSecretProtocol: findsSecretProtocol(forms),
  };
}

/** Whether a subprotocol is one that carries a key in one of these forms. */
export function findsSecretProtocol(forms: readonly KeyForm[]): (offer: string) => boolean {
  const prefixes = forms.flatMap((form) => (form.in === "subprotocol" ? form.prefix : []));
  return (offer) => prefixes.some((prefix) => offer.startsWith(prefix));
}
