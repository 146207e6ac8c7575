/**
 * The two kinds of token that HAIP's documentation describes.
 *
 * - `server` the page about the server: `userId`, `iss: haip-server`, `aud: haip-client`
 * - `protocol` the page about the protocol: `iss` of the application, `aud: haip-protocol`, `sub`, `jti`
 */
export type ProfileName = "server" | "protocol";

/** What a token of one kind must say. */
export interface Profile {
  readonly name: ProfileName;
  readonly audience: string;
  /** Null where it is the application's own, and has to be given. */
  readonly issuer: string | null;
  /** The claim that says who the user is. */
  readonly userClaim: "userId" | "sub";
  /** Claims that must be there, beside the times. */
  readonly required: readonly string[];
  /** Claims that are text wherever they stand, and not empty. */
  readonly texts: readonly string[];
  /** Seconds that a token lives unless said otherwise. */
  readonly expiresIn: number;
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  server: {
    name: "server",
    audience: "haip-client",
    issuer: "haip-server",
    userClaim: "userId",
    required: ["iss", "aud", "userId"],
    texts: ["userId", "sub", "jti"],
    expiresIn: 24 * 3600,
  },
  protocol: {
    name: "protocol",
    audience: "haip-protocol",
    issuer: null,
    userClaim: "sub",
    required: ["iss", "aud", "sub", "jti"],
    texts: ["sub", "jti"],
    expiresIn: 3600,
  },
};

/** The claims that a profile or an option fills in, and nobody else. */
export const reservedClaims: ReadonlySet<string> = new Set([
  "userId",
  "iss",
  "aud",
  "sub",
  "jti",
  "iat",
  "exp",
  "nbf",
]);

/** The profile whose audience, issuer and user these claims have, or null. */
export function fitProfile(claims: Readonly<Record<string, unknown>>): ProfileName | null {
  const fits = Object.values(profiles).find(
    ({ audience, issuer, required }) =>
      isAudience(claims["aud"], audience) &&
      (issuer === null ? isText(claims["iss"]) : claims["iss"] === issuer) &&
      required.every((name) => name === "aud" || isText(claims[name])),
  );
  return fits?.name ?? null;
}

/** A list counts only when it names nobody else: any other holder of the token could present it too. */
export function isAudience(claim: unknown, audience: string): boolean {
  return Array.isArray(claim) ? claim.length === 1 && claim[0] === audience : claim === audience;
}

/** Whether a claim is text that says something. */
export function isText(claim: unknown): claim is string {
  return typeof claim === "string" && claim.trim() !== "";
}
