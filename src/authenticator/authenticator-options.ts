import type { Clock } from "../core/machine.js";
import type { SystemId } from "../systems/contract/system.js";
import type { OnDecision } from "./audit.js";
import type { GuardOptions } from "./guard.js";
import type { NamedKey } from "./key-ring.js";
import type { Protects } from "./protected-paths.js";
import type { Transport } from "./transports.js";
import type { VerifyJwt } from "./verify-jwt.js";

/** The systems whose wire forms a server with a key can take on. */
export type ServedSystem = Exclude<SystemId, "haip" | "generic">;

/** What an authenticator wants to know, whatever it asks for. */
export interface SharedOptions extends GuardOptions {
  /** Which paths want the key, in place of the system's own rule. */
  readonly protects?: Protects | undefined;
  /** Is told of every decision, for whatever logger there is. */
  readonly onDecision?: OnDecision | undefined;
  /** For keys that expire, the limiter and audit events; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** Forms of your own. */
export interface OwnForms {
  /** Where requests carry the credential, in place of a system's forms. */
  readonly transports: readonly Transport[];
  /** What `WWW-Authenticate` calls the place; `api` unless given. */
  readonly realm?: string | undefined;
}

/** What {@link createAuthenticator} wants to know to ask for keys. */
export type KeyOptions = SharedOptions & {
  /** The key, or several while a rotation overlaps. */
  readonly keys: string | NamedKey | readonly (string | NamedKey)[];
} & (
    | {
        /** Whose wire forms: where the credential stands, what is protected, how a refusal looks. */
        readonly system: ServedSystem;
      }
    | OwnForms
  );

/** What {@link createAuthenticator} wants to know to ask for JWTs. */
export type JwtOptions = SharedOptions & {
  readonly verifyJwt: VerifyJwt;
} & ({ readonly system: ServedSystem | "haip" } | OwnForms);

/** What {@link createAuthenticator} wants to know. */
export type AuthenticatorOptions = KeyOptions | JwtOptions;
