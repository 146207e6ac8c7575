import { type Hint, joinHints } from "../core/hint.js";
import type { HostClass, Scope } from "./classify.js";

const reaches: Readonly<Record<Scope, string>> = {
  loopback: "loopback, which only this machine reaches",
  "all-interfaces": "every network interface of this machine",
  private: "an address in your local network",
  "link-local": "a link-local address, open to the whole network segment",
  shared: "in 100.64.0.0/10, a range of carriers and tailnets",
  public: "a public address",
  name: "a name, not looked up",
  invalid: "not an address to listen on",
};

/** Who can reach a server there, to stand after "HOST is". */
export function describeReach({ scope, tailnet }: HostClass): string {
  return tailnet ? "an address in your tailnet" : reaches[scope];
}

/** How the server gets a key. */
export function adviseKey(fix: Hint | undefined): Hint {
  return fix === undefined ? "configure a key" : joinHints("run: ", fix);
}

/** How a container's port is kept from the network, to follow a message about 0.0.0.0. */
export function adviseContainer(port: number | undefined): string {
  const how = port === undefined ? "" : `, with docker run -p 127.0.0.1:${port}:${port}`;
  return `; that is usual in a container: publish its port on this host alone${how}`;
}
