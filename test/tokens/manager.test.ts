import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { createTokenManager, type RefreshedTokens } from "../../src/tokens/manager.js";
import { movingClock, now, sign } from "./sign.js";

/** Tokens "a1", "a2", … that live for `seconds` by their own account. */
function prepare(seconds = 600, more: Partial<Parameters<typeof createTokenManager>[0]> = {}) {
  const clock = movingClock();
  const asked: (string | null)[] = [];
  let fail: Error | null = null;
  const refresh = async (refreshToken: string | null): Promise<RefreshedTokens> => {
    asked.push(refreshToken);
    await Promise.resolve();
    if (fail !== null) throw fail;
    const n = asked.length;
    return { access_token: `a${n}`, refresh_token: `r${n}`, expires_in: seconds };
  };
  const manager = createTokenManager({ refresh, clock, ...more });
  return { manager, clock, asked, failWith: (error: Error | null) => (fail = error) };
}

describe("getToken", () => {
  it("refreshes once for any number of callers", async () => {
    const { manager, asked } = prepare();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => manager.getToken()));
    expect(new Set(tokens)).toEqual(new Set(["a1"]));
    expect(asked).toEqual([null]);
  });

  it("refreshes a minute before the end, with the newest refresh token", async () => {
    const { manager, clock, asked } = prepare();
    await manager.getToken();
    clock.advance(539);
    expect(await manager.getToken()).toBe("a1");
    clock.advance(1);
    expect(await manager.getToken()).toBe("a2");
    clock.advance(540);
    expect(await manager.getToken()).toBe("a3");
    expect(asked).toEqual([null, "r1", "r2"]);
  });

  it("goes by the token's own end where the answer has none", async () => {
    const clock = movingClock();
    const tokens = [sign({ exp: now + 600 }), sign({ exp: now + 1200 })];
    const refresh = () => Promise.resolve({ token: tokens.shift() ?? "" });
    const manager = createTokenManager({ refresh, clock });
    const first = await manager.getToken();
    clock.advance(539);
    expect(await manager.getToken()).toBe(first);
    clock.advance(1);
    expect(await manager.getToken()).not.toBe(first);
  });

  it("keeps a token that does not say when it ends", async () => {
    const { manager, clock, asked } = prepare(600, { tokens: { token: "opaque" } });
    clock.advance(1e9);
    expect(await manager.getToken()).toBe("opaque");
    expect(asked).toEqual([]);
  });

  it("renews a short token at half its life", async () => {
    const { manager, clock } = prepare(60);
    await manager.getToken();
    clock.advance(29);
    expect(await manager.getToken()).toBe("a1");
    clock.advance(1);
    expect(await manager.getToken()).toBe("a2");
  });

  it("begins with the tokens of an earlier sign-in", async () => {
    const tokens = { access_token: "a0", refresh_token: "r0", expires_in: 100 };
    const { manager, clock, asked } = prepare(600, { tokens });
    expect(await manager.getToken()).toBe("a0");
    clock.advance(50);
    expect(await manager.getToken()).toBe("a1");
    expect(asked).toEqual(["r0"]);
  });

  it("tells everybody who waits that a refresh failed, and tries again for the next", async () => {
    const { manager, asked, failWith } = prepare();
    failWith(new Error("down"));
    const all = await Promise.allSettled([manager.getToken(), manager.getToken()]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(asked).toHaveLength(1);
    failWith(null);
    expect(await manager.getToken()).toBe("a2");
  });

  it("lives through a failure in the last minute, and not beyond it", async () => {
    const { manager, clock, failWith } = prepare();
    await manager.getToken();
    failWith(new Error("down"));
    clock.advance(599);
    expect(await manager.getToken()).toBe("a1");
    clock.advance(1);
    await expect(manager.getToken()).rejects.toThrow("down");
  });

  it("takes an answer without a token for a mistake", async () => {
    const refresh = () => Promise.resolve({ token: "" });
    await expect(createTokenManager({ refresh }).getToken()).rejects.toBeInstanceOf(TypeError);
  });
});

describe("clear", () => {
  it("forgets the tokens, those under way too", async () => {
    const { manager, asked } = prepare();
    const waiting = manager.getToken();
    manager.clear();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    expect(await manager.getToken()).toBe("a2");
    manager.clear();
    await manager.getToken();
    expect(asked).toEqual([null, null, null]);
  });

  it("shows no token to whoever prints the manager", async () => {
    const { manager } = prepare();
    await manager.getToken();
    expect(JSON.stringify(manager)).toBe("{}");
  });
});

describe("run", () => {
  it.each([
    ["answers 401", () => Promise.resolve({ status: 401 })],
    ["answers 401 as node does", () => Promise.resolve({ statusCode: 401 })],
    ["throws a 401", () => Promise.reject(Object.assign(new Error("no"), { status: 401 }))],
    ["is closed by 1008", () => Promise.resolve({ code: 1008 })],
  ])("tries once more with a new token when the server %s", async (_, refused) => {
    const { manager } = prepare();
    const tried: string[] = [];
    const attempt = (token: string): Promise<unknown> => {
      tried.push(token);
      return token === "a1" ? refused() : Promise.resolve("done");
    };
    expect(await manager.run(attempt)).toBe("done");
    expect(tried).toEqual(["a1", "a2"]);
  });

  it("does not try a third time", async () => {
    const { manager, asked } = prepare();
    let tries = 0;
    const outcome = await manager.run(() => {
      tries += 1;
      return Promise.resolve({ status: 401 });
    });
    expect({ outcome, tries, asked }).toEqual({
      outcome: { status: 401 },
      tries: 2,
      asked: [null, "r1"],
    });
  });

  it.each([{ status: 403 }, { code: 1000 }, null, "401", { code: "ECONNREFUSED" }])(
    "takes %j for no refusal",
    async (outcome) => {
      const { manager, asked } = prepare();
      expect(await manager.run(() => Promise.resolve(outcome))).toBe(outcome);
      const error = Object.assign(new Error("no"), outcome);
      await expect(manager.run(() => Promise.reject(error))).rejects.toBe(error);
      expect(asked).toHaveLength(1);
    },
  );

  it("refreshes once when many are refused at the same time", async () => {
    const { manager, asked } = prepare();
    const attempt = (token: string) => Promise.resolve({ status: token === "a1" ? 401 : 200 });
    const all = await Promise.all(Array.from({ length: 20 }, () => manager.run(attempt)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked).toEqual([null, "r1"]);
  });

  it("does not refresh for one that was late with its refusal", async () => {
    const { manager, asked } = prepare();
    let refuse: (outcome: { status: number }) => void = () => {};
    const late = manager.run((token) =>
      token === "a1"
        ? new Promise<{ status: number }>((r) => (refuse = r))
        : Promise.resolve({ status: 200 }),
    );
    await manager.run((token) => Promise.resolve({ status: token === "a1" ? 401 : 200 }));
    refuse({ status: 401 });
    expect(await late).toEqual({ status: 200 });
    expect(asked).toEqual([null, "r1"]);
  });

  it("has its own idea of a refusal when told", async () => {
    const { manager, asked } = prepare(600, { isRefused: (outcome) => outcome === "FAILED_AUTH" });
    await manager.run((token) => Promise.resolve(token === "a1" ? "FAILED_AUTH" : "ok"));
    expect(asked).toEqual([null, "r1"]);
  });

  it("works with fetch and a real server", async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.headers.authorization === "Bearer a2" ? 200 : 401;
      response.end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { manager } = prepare();
    const response = await manager.run((token) =>
      fetch(url, { headers: { authorization: `Bearer ${token}`, connection: "close" } }),
    );
    expect(response.status).toBe(200);
  });

  it("works with a WebSocket that is closed by 1008", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => server.close());
    server.on("connection", (socket, { url }) => {
      if (url === "/?token=a2") socket.send("welcome");
      else socket.close(1008, "Invalid token");
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connect = (token: string) =>
      new Promise<WebSocket | WebSocket.CloseEvent>((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`);
        socket.addEventListener("message", () => resolve(socket));
        socket.addEventListener("close", resolve);
        socket.addEventListener("error", () => reject(new Error("no connection")));
      });
    const socket = await prepare().manager.run(connect);
    expect(socket).toBeInstanceOf(WebSocket);
    if (socket instanceof WebSocket) socket.terminate();
  });
});
