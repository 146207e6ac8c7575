import { once } from "node:events";
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { createMachine } from "../../src/core/machine.js";
import { probe } from "../../src/probe/probe.js";
import {
  createReferenceServer,
  type ReferenceServerOptions,
} from "../../src/reference-server/index.js";
import { systems } from "../../src/systems/list.js";
import { issueToken } from "../../src/tokens/issue.js";
import { findPort } from "../helpers/restartable-server.js";
import { KEY } from "../helpers/site-client.js";
import { certificate, type ProxyName, type ReverseProxy, startProxy } from "./reverse-proxy.js";

const ca = readFileSync(certificate, "utf8");

type Reference = ReferenceServerOptions & { readonly file: string; readonly port: number };

const common = { key: KEY, clock: Date };
const references: readonly Reference[] = [
  { ...common, file: "jean2", system: "jean2", port: 8742 },
  { ...common, file: "openjarvis", system: "openjarvis", port: 8000 },
  { ...common, file: "jean", system: "jean", port: 3456 },
  { ...common, file: "haip", system: "haip", release: "documented", port: 8080 },
  { ...common, file: "haip-published", system: "haip", port: 8080 },
];
const proxies: readonly ProxyName[] = ["nginx", "caddy"];
const table = proxies.flatMap((name) =>
  references.map((reference) => [name, reference.file, reference] as const),
);

async function serve(reference: Reference): Promise<number> {
  const server = createReferenceServer(reference);
  onTestFinished(() => server.close());
  return (await server.listen({ host: "127.0.0.1", port: 0 })).port;
}

/** Asks through the proxy, and gives status and what the body begins with. */
function ask(
  { port }: ReverseProxy,
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: object; body?: string } = {},
): Promise<{ status: number | undefined; begin: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: "localhost", port, path, method, ca, agent: false };
    const request = https.request({ ...options, headers: { ...headers } }, (response) => {
      response.on("error", () => {});
      const give = (chunk: Buffer | string) => {
        resolve({ status: response.statusCode, begin: chunk.toString() });
        request.destroy();
      };
      response.once("data", give).once("end", () => give(""));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Nothing of a key, however it may be written. */
function expectNoKey(text: string): void {
  for (const trace of [KEY, "token", "eyJ", Buffer.from(KEY).toString("base64url")]) {
    expect(text.toLowerCase()).not.toContain(trace.toLowerCase());
  }
}

describe.each(table)("%s before %s", (name, file, reference) => {
  it("enforces the key, and keeps it out of its logs", async () => {
    const proxy = await startProxy(name, file, [reference.port, await serve(reference)]);
    const system = systems[reference.system];
    // HAIP's secret stays where it is, and a JWT goes in its place.
    const isHaip = reference.system === "haip";
    const key = isHaip ? await issueToken({ user: "u", secret: KEY, clock: Date }) : KEY;
    const report = await probe({
      system,
      url: proxy.url,
      key,
      machine: createMachine({ process, date: Date }),
      trust: { ca },
      loggedUrls: true,
      listener: "anybody",
    });
    expect(report.checks.filter(({ ok, id }) => !ok && !closed(file, id))).toEqual([]);
    expect(report.verdict).toBe("enforced");
    await expect.poll(() => proxy.accessLog()).not.toBe("");
    expectNoKey(proxy.written());
  });

  it("keeps the key out of what it says of failures", async () => {
    // Nobody listens behind it.
    const proxy = await startProxy(name, file, [reference.port, await findPort()]);
    const headers = {
      Authorization: `Bearer ${KEY}`,
      Referer: `https://agent.example.org/?token=${KEY}`,
      "X-API-Key": KEY,
    };
    expect((await ask(proxy, `/ws?token=${KEY}`, { headers })).status).toBe(502);
    await expect.poll(() => proxy.accessLog()).toContain("502");
    // nginx's own word about it is not written down at all.
    const word = name === "caddy" ? "connection refused" : "502";
    await expect.poll(() => proxy.written()).toContain(word);
    expectNoKey(proxy.written());
  });

  it("passes on events as they come, and who really asks", async () => {
    // It never ends its answer, as an event stream.
    const upstream = http.createServer((request, response) => {
      const { url, headers } = request;
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(JSON.stringify({ url, ...headers }));
    });
    upstream.listen(0, "127.0.0.1");
    onTestFinished(() => {
      upstream.closeAllConnections();
      upstream.close();
    });
    await once(upstream, "listening");
    const { port } = upstream.address() as AddressInfo;
    const proxy = await startProxy(name, file, [reference.port, port]);
    const headers = { "X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "http" };
    const { status, begin } = await ask(proxy, "/v1/%2e/events?a=b%20c", { headers });
    expect(status).toBe(200);
    expect(JSON.parse(begin)).toMatchObject({
      url: "/v1/%2e/events?a=b%20c",
      host: `localhost:${proxy.port}`,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
    });
  });
});

/** What the proxy keeps to itself though the server would answer anybody. */
function closed(file: string, id: string): boolean {
  return (
    file === "haip-published" && ["event-stream", "http-stream"].some((each) => id.startsWith(each))
  );
}

describe.each(proxies)("%s", (name) => {
  it("leaves OpenJarvis's webhooks alone", async () => {
    const reference = references.find(({ file }) => file === "openjarvis") as Reference;
    const proxy = await startProxy(name, "openjarvis", [reference.port, await serve(reference)]);
    for (const channel of ["twilio", "bluebubbles", "sendblue", "whatsapp"]) {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const sent = { method: "POST", headers, body: "Body=hello" };
      expect(await ask(proxy, `/webhooks/${channel}`, sent)).toEqual({
        status: 403,
        begin: "Invalid signature",
      });
    }
  });

  it.each([
    ["haip", ["/stats", "/stats/", "/STATS", "//stats", "/%73tats", "/stats?a=b"]],
    [
      "haip-published",
      [
        "/stats",
        "/haip/sse",
        "/haip/stream",
        "/HAIP/sse/",
        "//haip//sse",
        "/haip%2fsse",
        "/haip/x/../sse",
      ],
    ],
  ])("closes what nobody guards in %s", async (file, paths) => {
    const reference = references.find((each) => each.file === file) as Reference;
    const proxy = await startProxy(name, file, [reference.port, await serve(reference)]);
    for (const path of paths) {
      for (const method of ["GET", "POST"]) {
        expect({ path, ...(await ask(proxy, path, { method })) }).toMatchObject({
          path,
          status: 403,
        });
      }
    }
    expect((await ask(proxy, "/health")).status).toBe(200);
  });
});
