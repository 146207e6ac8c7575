import * as http from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

import {
  type AnyAuthenticator,
  createAuthenticator,
  guardUpgrade,
} from "../../src/authenticator/index.js";
import { issueToken } from "../../src/tokens/issue.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { KEY, openSocket } from "../helpers/site-client.js";

const transports = [{ query: "token" }];
const jwt = (expiresIn: number) => issueToken({ user: "u", secret: KEY, expiresIn });

async function open(authenticator: AnyAuthenticator, credential: string): Promise<WebSocket> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", guardUpgrade(authenticator, sockets));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return (await openSocket(`ws://127.0.0.1:${port}/?token=${credential}`)).socket;
}

it.each<[string, () => Promise<[AnyAuthenticator, string]>]>([
  [
    "a key that expires",
    async () => {
      const keys = [{ name: "desk", key: KEY, expires: Date.now() + 2000 }];
      return [createAuthenticator({ transports, keys }), KEY];
    },
  ],
  [
    "a JWT, by the end that its verifier gives",
    async () => {
      const verifyJwt = async (token: string) => verifyToken(token, { secret: KEY });
      return [createAuthenticator({ transports, verifyJwt }), await jwt(2)];
    },
  ],
  [
    "a JWT, by its claim exp",
    async () => {
      const verifyJwt = async (token: string) => {
        const { user, claims } = await verifyToken(token, { secret: KEY });
        return { user, claims };
      };
      return [createAuthenticator({ transports, verifyJwt }), await jwt(2)];
    },
  ],
])("a WebSocket ends with %s", async (_, make) => {
  const socket = await open(...(await make()));
  const seen = await new Promise((resolve) => {
    socket.once("close", (code, reason) => resolve([code, reason.toString()]));
  });
  expect(seen).toEqual([1008, "TOKEN_EXPIRED"]);
});

it.each([
  ["a key without an end", [KEY]],
  ["a key that ends in a year", [{ name: "a", key: KEY, expires: Date.now() + 3.2e10 }]],
])("a WebSocket of %s lives on", async (_, keys) => {
  const socket = await open(createAuthenticator({ transports, keys }), KEY);
  const answered = await new Promise((resolve) => {
    socket.once("pong", () => resolve(true)).once("close", () => resolve(false));
    socket.ping();
  });
  expect(answered).toBe(true);
});
