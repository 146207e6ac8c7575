import { join } from "node:path";

import { temporaryFolder } from "../machine.js";
import { type HostileServer, passOn, type Place, startHttp } from "./start.js";

/** A good server in an odd place: hands everything to the one behind, WebSockets included. */
function startAt(place: Place, behind: number): Promise<HostileServer> {
  return startHttp(passOn(behind), place);
}

/** `localhost`, on 127.0.0.1 alone. Verdict: that of the server behind, naming the address. */
export function listensOnIpv4Only(behind: number): Promise<HostileServer> {
  return startAt({ host: "127.0.0.1", name: "localhost" }, behind);
}

/** `localhost`, on ::1 alone. Verdict as above. */
export function listensOnIpv6Only(behind: number): Promise<HostileServer> {
  return startAt({ host: "::1", name: "localhost" }, behind);
}

/** A unix socket, its URL `unix:/path`. Verdict: that of the server behind. */
export function listensOnUnixSocket(behind: number): Promise<HostileServer> {
  return startAt({ path: join(temporaryFolder(), "server.sock") }, behind);
}

/** The same server beyond TLS; see `tls.ts`. */
export function listensWithTls(tls: Place["tls"], behind: number): Promise<HostileServer> {
  return startAt({ tls, name: "localhost" }, behind);
}
