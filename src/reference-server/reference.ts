import type { LineOptions } from "../serving/listening.js";
import { createSiteServer, type SiteServer } from "../serving/site-server.js";
import { createSite, type SiteOptions } from "./sites.js";

/** What {@link createReferenceServer} wants to know. */
export type ReferenceServerOptions = SiteOptions & LineOptions;

/** A server that speaks a system's contract and does nothing else. */
export type ReferenceServer = SiteServer;

/**
 * Makes a server that answers as one of the four systems does, as far as authentication goes: for
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
  return createSiteServer(createSite(options), options);
}
