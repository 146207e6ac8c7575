import { judge } from "../authenticator/authenticate.js";
import { createKeyRing } from "../authenticator/key-ring.js";
import type { LineOptions } from "../serving/listening.js";
import { createSiteServer, type SiteServer } from "../serving/site-server.js";
import type { Release, ServerSide } from "../systems/contract/server-side.js";
import type { SiteBase, SiteInput } from "../systems/contract/site.js";
import type { AuthRequest, WireForms } from "../systems/contract/wire.js";
import { servableSystems } from "../systems/list.js";
import { TokenSecret } from "../tokens/secret.js";
import type { SiteOptions } from "./site-options.js";

/** What {@link createReferenceServer} wants to know. */
export type ReferenceServerOptions = SiteOptions & LineOptions;

/** A server that speaks a system's contract and does nothing else. */
export type ReferenceServer = SiteServer;

/**
 * Makes a server that answers as one of the systems does, as far as authentication goes: for
 * trying keyward out, and for tests of programs that talk to these servers. It never logs.
 *
 * @throws TypeError for bad options; KeywardError `malformed` for TLS material that does not fit,
 *   `key-refused` for a HAIP secret that no JWT should be signed with
 * @example
 * const server = createReferenceServer({ system: "jean2", key, clock: Date });
 * const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
 * await server.close();
 */
export function createReferenceServer(options: ReferenceServerOptions): ReferenceServer {
  const serverSide = findServerSide(options.system);
  const { key, clock = Date, release: wanted = "current", backendDown = false } = options;
  if (key !== null && (typeof key !== "string" || key === "")) {
    throw new TypeError("key must be a string that is not empty, or null for no authentication");
  }
  if (typeof clock?.now !== "function") {
    throw new TypeError("clock must have a function now: Date will do");
  }
  const release = findRelease(serverSide, wanted);
  // Refused here and now: the site itself comes later.
  if (key !== null && release.verifies === true) void new TokenSecret(key);
  const baseOf = (wire: WireForms) => createBase(wire, key, clock);
  const input: SiteInput = { release: release.name, key, clock, backendDown, baseOf };
  const loadSite = async () => (await serverSide.loadSite())(input);
  return createSiteServer(loadSite, options, serverSide.longestHeaders);
}

function findServerSide(system: SiteOptions["system"]): ServerSide {
  if (!Object.hasOwn(servableSystems, system)) {
    throw new TypeError(`system must be one of ${Object.keys(servableSystems).join(", ")}`);
  }
  return servableSystems[system].serverSide;
}

function findRelease({ releases }: ServerSide, wanted: string): Release {
  const release = releases.find(({ name }) => name === wanted);
  if (release !== undefined) return release;
  throw new TypeError(`release must be one of ${releases.map(({ name }) => name).join(", ")}`);
}

function createBase(wire: WireForms, key: string | null, clock: SiteBase["clock"]): SiteBase {
  if (key === null) return { refuse: () => null, clock };
  const ring = createKeyRing([key]);
  return {
    refuse(request: AuthRequest) {
      const decision = judge(wire, ring, request);
      return decision.ok ? null : decision;
    },
    clock,
  };
}
