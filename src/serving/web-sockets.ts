import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import { WebSocketServer } from "ws";

import type { SocketPlan } from "../systems/contract/site.js";

const longestMessage = 65_536;
const goingAway = 1001;

/** The part of a reference server that grants WebSockets which a site has planned. */
export function createWebSocketServer() {
  const plans = new WeakMap<IncomingMessage, SocketPlan>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessage,
    // Left to itself, ws selects the first offer, which may be the one with the key.
    handleProtocols: (_offers, request) => plans.get(request)?.protocol ?? false,
  });
  return {
    /** False for a handshake that is none, which has been answered. */
    accept(request: IncomingMessage, socket: Duplex, head: Buffer, plan: SocketPlan): boolean {
      let isOpen = false;
      plans.set(request, plan);
      server.handleUpgrade(request, socket, head, (client) => {
        isOpen = true;
        // A frame that breaks the protocol: ws has closed the socket by the time it says so.
        client.on("error", () => {});
        plan.open(client);
      });
      return isOpen;
    },
    /** Tells every client that the server goes away. */
    close(): void {
      for (const client of server.clients) client.close(goingAway);
    },
  };
}
