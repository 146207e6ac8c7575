import { describe, expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { probe } from "../../src/probe/probe.js";
import type { CheckReport } from "../../src/probe/report.js";
import { createReferenceServer } from "../../src/reference-server/index.js";
import { jean } from "../../src/systems/jean/jean.js";
import type { JeanRelease } from "../../src/systems/jean/jean-wire.js";
import { testMachine } from "../helpers/machine.js";
import { startHttp } from "./servers.js";

const key = generateKey("base64url");

async function serve(release: JeanRelease, token: string | null = key): Promise<string> {
  const server = createReferenceServer({ system: "jean", key: token, clock: Date, release });
  const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return url;
}

const ask = (url: string, tried: string | null = key) =>
  probe({ system: jean, url, key: tried, machine: testMachine() });

const line = ({ id, observed, detail, ok }: CheckReport) =>
  `${id}: ${observed} (${detail})${ok ? "" : " !"}`;

describe("probe of Jean", () => {
  it.each([
    ["current", "header-key: accept (200, ok)", "accept (101, and it stays open)"],
    ["old", "header-key: refuse (401)", "refuse (401)"],
  ] as const)("knows what the %s one takes", async (release, header, socketHeader) => {
    const report = await ask(await serve(release));
    expect(report).toMatchObject({
      system: "jean",
      generation: release,
      verdict: "enforced",
      reason: { code: "key-required" },
    });
    expect(report.checks.map(line)).toEqual([
      "query-none: refuse (401)",
      "query-garbage: refuse (401)",
      "query-key: accept (200, ok)",
      "header-none: refuse (401)",
      "header-garbage: refuse (401)",
      header,
      "query-wins: accept (200, ok)",
      "header-loses: refuse (401)",
      "websocket-none: refuse (401)",
      "websocket-garbage: refuse (401)",
      "websocket-key: accept (101, and it stays open)",
      "websocket-header-garbage: refuse (401)",
      `websocket-header-key: ${socketHeader}`,
      "init-none: refuse (401)",
      "init-garbage: refuse (401)",
    ]);
  });

  it("says closed, key-rejected and open", async () => {
    const url = await serve("current");
    expect(await ask(url, null)).toMatchObject({ verdict: "closed" });
    expect(await ask(url, generateKey("base64url"))).toMatchObject({ verdict: "key-rejected" });
    expect(await ask(await serve("current", null))).toMatchObject({
      verdict: "open",
      reason: { code: "authentication-off", message: "Jean says that its authentication is off" },
    });
  });

  it("encodes a token with + in it, as its guide makes them", async () => {
    const odd = "a+b/c+d/e+f/g+h/i+j/k+l/m+n/o+p/q+r/s+t/u+w=";
    expect(await ask(await serve("current", odd), odd)).toMatchObject({ verdict: "enforced" });
  });

  it("is not fooled by its own web page on the route", async () => {
    const server = await startHttp((_, response) =>
      response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Jean"),
    );
    expect(await ask(server.url)).toMatchObject({
      verdict: "wrong-service",
      reason: { code: "web-page" },
    });
    expect(server.received.join("\n")).not.toContain(key);
  });
});
