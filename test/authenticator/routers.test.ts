import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { posix } from "node:path";

import { serve as serveHono } from "@hono/node-server";
import express from "express";
import * as fc from "fast-check";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createAuthenticator, type Protects } from "../../src/authenticator/index.js";
import { KEY } from "../helpers/site-client.js";

// A rule on paths is only as good as its idea of what the program behind it makes of a path. So the
// real routers are asked where they take one, and no path that any of them takes to a protected
// route may get past the rule without a key.

const protects: Protects = (path) => path === "/admin" || path.startsWith("/admin/");
const { authenticate } = createAuthenticator({ transports: ["bearer"], keys: KEY, protects });

function isLetIn(url: string): boolean {
  return authenticate({ method: "GET", url, headers: {} }).ok;
}

const reached = "admin";
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const servers: { close(): unknown }[] = [];
const ports: Record<string, number> = {};

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const app = express();
  app.get(["/admin", "/admin/*rest"], (_request, response) => void response.send(reached));
  const plain = http.createServer(app);
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));

  const hono = new Hono();
  hono.get("/admin", (context) => context.text(reached));
  hono.get("/admin/*", (context) => context.text(reached));
  const web = await new Promise<ReturnType<typeof serveHono>>((resolve) => {
    const server = serveHono({ fetch: hono.fetch, port: 0, hostname: "127.0.0.1" }, () =>
      resolve(server),
    );
  });
  servers.push(plain, web);
  Object.assign(ports, { Express: portOf(plain), Hono: portOf(web) });
});

afterAll(() => {
  agent.destroy();
  for (const server of servers) server.close();
});

/** Where the router behind a port takes a path, as it was written. */
function route(port: number, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = http.get({ host: "127.0.0.1", port, path, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve(body === reached));
    });
    asked.on("error", reject);
  });
}

/** How programs read a path without a router: one step after the other, in whatever order. */
const steps: Readonly<Record<string, (path: string) => string>> = {
  "WHATWG URL": (path) => (URL.canParse(path, base) ? new URL(path, base).pathname : path),
  "path.posix": (path) => posix.normalize(path),
  "empty segments dropped": (path) => path.replaceAll(/\/{2,}/g, "/"),
  "parameters cut": (path) => path.replaceAll(/;[^/]*/g, ""),
  "decoded once": (path) => decode(path),
  "in lower case": (path) => path.toLowerCase(),
};
const base = "http://localhost";

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const pieces = (
  "/ // /./ /../ .. . ..; ; ;a=1 admin Admin ADMIN adm in x secret %2f %2F %5c \\ %2e %2e%2e .%2e " +
  "%61dmin a%64min %3b %25 %252f %252e %3f %23 http: //h @ : %41"
).split(" ");
const paths = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 })
  .map((all) => `/${all.join("")}`);

describe("a rule on paths, before real readers", () => {
  it.each(["Express", "Hono"])(
    "lets nothing past that %s takes to a protected route",
    async (name) => {
      let found = 0;
      await fc.assert(
        fc.asyncProperty(paths, async (path) => {
          const isProtected = await route(ports[name] ?? 0, path);
          if (isProtected) found++;
          expect(isProtected && isLetIn(path)).toBe(false);
        }),
        { numRuns: 1500 },
      );
      // Otherwise the router would have been asked in vain.
      expect(found).toBeGreaterThan(10);
    },
  );

  it("lets nothing past that the WHATWG parser, path.posix and their like read as protected", () => {
    const orders = fc.shuffledSubarray(Object.keys(steps), { minLength: 1 });
    let found = 0;
    fc.assert(
      fc.property(paths, orders, (path, order) => {
        const read = order.reduce((each, name) => steps[name]?.(each) ?? each, path);
        const isProtected = protects(read, { headers: {} });
        if (isProtected) found++;
        expect(isProtected && isLetIn(path)).toBe(false);
      }),
      { numRuns: 20_000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it.each([
    "/",
    "/x",
    "/x/admin",
    "/administrator",
    "/a%20b.svg",
    "/x?next=/admin",
    "/x//y",
    "/x/./y",
  ])("and leaves %j alone", (path) => {
    expect(isLetIn(path)).toBe(true);
  });
});
