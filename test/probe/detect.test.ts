import { describe, expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { createMachine } from "../../src/core/machine.js";
import { detectSystem } from "../../src/probe/detect.js";
import { probe } from "../../src/probe/probe.js";
import {
  createReferenceServer,
  type ReferenceServerOptions,
} from "../../src/reference-server/index.js";
import { systems } from "../../src/systems/list.js";
import { findFreePort, sendJson, startHttp } from "./servers.js";

const key = generateKey("base64url");
const machine = createMachine({ process, date: Date });

async function serve(options: ReferenceServerOptions): Promise<string> {
  const server = createReferenceServer(options);
  const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return url;
}

const every: ReferenceServerOptions[] = [
  { system: "jean2", key, clock: Date },
  { system: "jean2", key: null, clock: Date },
  { system: "openjarvis", key, clock: Date },
  { system: "openjarvis", key, clock: Date, release: "1.0.2" },
  { system: "openjarvis", key: null, clock: Date },
  { system: "jean", key, clock: Date },
  { system: "jean", key, clock: Date, release: "old" },
  { system: "jean", key: null, clock: Date },
  { system: "haip", key, clock: Date },
  { system: "haip", key, clock: Date, release: "old" },
  { system: "haip", key, clock: Date, release: "documented" },
];

describe("detectSystem", () => {
  it.each(every)("recognises %j", async (options) => {
    const { system } = await detectSystem({ url: await serve(options), machine });
    expect(system?.id).toBe(options.system);
  });

  it.each([
    [
      "a web page",
      "wrong-service",
      "web-page",
      "this is not a server that keyward knows: it answers 200 with a web page",
    ],
    [
      "JSON",
      "wrong-service",
      "not-recognised",
      "this is not a server that keyward knows: it answers 200, JSON of another form",
    ],
  ])("says what else answers: %s", async (what, verdict, code, message) => {
    const server = await startHttp((_, response) => {
      if (what === "JSON") return sendJson(response, 200, { status: "up" });
      return void response.writeHead(200, { "Content-Type": "text/html" }).end("<html>");
    });
    const { report } = await detectSystem({ url: server.url, machine });
    expect(report).toMatchObject({ system: null, verdict, reason: { code, message }, checks: [] });
  });

  it("says that nothing is there", async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const { report } = await detectSystem({ url, machine });
    expect(report).toMatchObject({
      verdict: "unreachable",
      reason: { code: "connection-refused" },
    });
  });
});

describe("probe of another system's server", () => {
  it.each(
    every.flatMap((server) =>
      Object.values(systems)
        .filter(({ id }) => id !== server.system)
        .map((system) => ({ server, system, title: systems[server.system].title })),
    ),
  )("$server.system $server.release with key $server.key is not $system.id", async (given) => {
    const { server, system, title } = given;
    const options = { url: await serve(server), key, machine } as const;
    const report = await probe({ ...options, system, policy: { source: "stored" } });
    expect(report).toMatchObject({
      verdict: "wrong-service",
      reason: { message: `this is not ${system.title}: it answers like ${title}` },
    });
    expect(report.checks.map(({ credential }) => credential)).not.toContain("key");
  });
});
