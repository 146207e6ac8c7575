/*
 * A session ends with its token: with the JWT that opened it, and with the family of refresh tokens
 * that the JWT came from. Whole seconds count, so that one with 2 lives for more than one.
 */
import * as http from "node:http";

import { describe, expect, it, onTestFinished } from "vitest";
import type { WebSocket } from "ws";

import { createHaipServer, type HaipServerOptions } from "../../src/haip-server/index.js";
import { issueToken } from "../../src/tokens/issue.js";
import { createMemoryStore } from "../../src/tokens/refresh-store.js";
import { KEY, openSocket } from "../helpers/site-client.js";

async function start(options: Partial<HaipServerOptions> = {}) {
  const server = createHaipServer({ secret: KEY, ...options });
  onTestFinished(() => server.close());
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const open = async (token: string) => {
    const { socket, received } = await openSocket(
      `ws://127.0.0.1:${port}/haip/websocket?token=${token}`,
    );
    return { socket, received, closed: whenClosed(socket) };
  };
  const refresh = async (refreshToken: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/auth/refresh`, {
      method: "POST",
      body: JSON.stringify({ refreshToken }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  return { server, port, open, refresh };
}

function whenClosed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

/** Whether it still answers. */
async function answers(socket: WebSocket): Promise<boolean> {
  if (socket.readyState !== socket.OPEN) return false;
  return new Promise((resolve) => {
    socket.once("pong", () => resolve(true)).once("close", () => resolve(false));
    socket.ping();
  });
}

const ended = { code: 1008, reason: "TOKEN_EXPIRED" };

describe("a session whose JWT ends", () => {
  it("is told so on its WebSocket, and closed", async () => {
    const { open, server } = await start();
    const { received, closed } = await open(
      await issueToken({ user: "u", secret: KEY, expiresIn: 2 }),
    );
    expect(await closed).toEqual(ended);
    expect(JSON.parse(received.at(-1) ?? "")).toMatchObject({
      type: "ERROR",
      channel: "SYSTEM",
      payload: { code: "TOKEN_EXPIRED" },
    });
    await expect.poll(() => server.getStats().activeConnections).toBe(0);
  });

  it.each([
    ["event stream", "GET", "/haip/sse?token=", {}],
    ["HTTP stream", "POST", "/haip/stream", { bearer: true }],
  ] as const)("is told so on its %s, which ends", async (_, method, path, { ...how }) => {
    const { port } = await start();
    const token = await issueToken({ user: "u", secret: KEY, expiresIn: 2 });
    const isBearer = "bearer" in how;
    const body = await new Promise<string>((resolve, reject) => {
      const headers = isBearer ? { Authorization: `Bearer ${token}` } : {};
      const full = isBearer ? path : path + token;
      const request = http.request({ port, method, path: full, headers, agent: false });
      request.on("error", reject).on("response", async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve(text);
      });
      request.end("");
    });
    expect(body).toContain('"TOKEN_EXPIRED"');
    expect(body.endsWith(isBearer ? "\n" : "\n\n")).toBe(true);
    expect(body).not.toContain(token);
  });

  it("lives on where the JWT is good for a year, longer than a timer can wait", async () => {
    const { open } = await start();
    const token = await issueToken({ user: "u", secret: KEY, expiresIn: 365 * 86_400 });
    const { socket } = await open(token);
    expect(await answers(socket)).toBe(true);
  });
});

describe("a session whose family of tokens is revoked", () => {
  it.each([
    ["a refresh token that is used twice", "reuse"],
    ["signing out", "revoke"],
  ])("ends at once, by %s; others live on", async (_, how) => {
    const { server, open, refresh } = await start();
    const [own, other] = [
      await server.grantTokens({ user: "a" }),
      await server.grantTokens({ user: "a" }),
    ];
    const first = await open(own.token);
    const second = await refresh(own.refreshToken);
    expect(second.status).toBe(200);
    const later = await open(second.body["token"] ?? "");
    const stranger = await open(other.token);
    const alone = await open(await issueToken({ user: "a", secret: KEY }));
    if (how === "revoke") await server.revokeTokens(second.body["refreshToken"] ?? "");
    else await refresh(own.refreshToken);
    expect(await first.closed).toEqual(ended);
    expect(await later.closed).toEqual(ended);
    expect(await answers(stranger.socket)).toBe(true);
    expect(await answers(alone.socket)).toBe(true);
    expect((await refresh(second.body["refreshToken"] ?? "")).status).toBe(401);
  });

  it("lives on with a store that does not say whose token it was", async () => {
    const memory = createMemoryStore();
    const store = {
      ...memory,
      async exchange(digest: string, successor: string, now: number) {
        const exchange = await memory.exchange(digest, successor, now);
        if (exchange.outcome !== "reused") return exchange;
        return { outcome: "reused" as const };
      },
    };
    const { server, open, refresh } = await start({ store });
    const { token, refreshToken } = await server.grantTokens({ user: "a" });
    const { socket } = await open(token);
    await refresh(refreshToken);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect(await answers(socket)).toBe(true);
  });
});
