import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { createHaipServer } from "../../src/haip-server/index.js";
import { createReferenceServer, type SiteServer } from "../../src/reference-server/index.js";
import { issueToken } from "../../src/tokens/issue.js";
import { temporaryFolder } from "../helpers/machine.js";
import { KEY, WRONG } from "../helpers/site-client.js";

const here = { host: "127.0.0.1", port: 0 };
const clock = Date;

/** Serves one page, lets a browser open it, and gives what the page's script comes to. */
async function runInBrowser(script: string): Promise<unknown> {
  const page = `<!doctype html><meta charset="utf-8"><script type="module">
    const outcome = await (async () => { ${script} })().catch((error) => String(error));
    await fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
  </script>`;
  let tell: (outcome: unknown) => void = () => {};
  const told = new Promise<unknown>((resolve) => (tell = resolve));
  const server = http.createServer(async (request, response) => {
    if (request.url !== "/outcome") {
      response.writeHead(200, { "Content-Type": "text/html" }).end(page);
      return;
    }
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    response.end();
    tell(JSON.parse(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const failure = startBrowser(`http://127.0.0.1:${port}/`);
  return Promise.race([told, failure]);
}

/** Debian's Chromium without a window; the promise is kept only when it ends by itself. */
function startBrowser(url: string): Promise<never> {
  const folder = temporaryFolder();
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    `--user-data-dir=${folder}`,
  ];
  const child = spawn("chromium", [...flags, url], {
    env: { HOME: folder, PATH: "/usr/bin:/bin" },
    // It has children of its own, which are to end with it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(said));
  });
  onTestFinished(async () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
    await ended;
  });
  return ended.then((words) => {
    throw new Error(`the browser ended: ${words}`);
  });
}

async function listen(server: SiteServer): Promise<number> {
  onTestFinished(() => server.close());
  return (await server.listen(here)).port;
}

const offer = (key: string) => `openjarvis.key.b64url.${Buffer.from(key).toString("base64url")}`;

it("opens a WebSocket by OpenJarvis's pair of subprotocols, and not with another key", async () => {
  const server = createReferenceServer({ system: "openjarvis", key: KEY, clock });
  const port = await listen(server);
  const outcome = await runInBrowser(`
    const connect = (protocols) => new Promise((resolve) => {
      const socket = new WebSocket("ws://127.0.0.1:${port}/v1/chat/stream", protocols);
      socket.onopen = () => resolve("open as " + socket.protocol);
      socket.onclose = ({ code }) => resolve("closed with " + code);
    });
    return [
      await connect(["openjarvis.auth.v1", ${JSON.stringify(offer(KEY))}]),
      await connect([${JSON.stringify(offer(KEY))}, "openjarvis.auth.v1"]),
      await connect(["openjarvis.auth.v1", ${JSON.stringify(offer(WRONG))}]),
      await connect([]),
    ];
  `);
  const opened = "open as openjarvis.auth.v1";
  expect(outcome).toEqual([opened, opened, "closed with 1006", "closed with 1006"]);
  expect(server.getCounts()).toEqual({ accepted: 2, refused: 2, broken: 0 });
});

it("opens HAIP's event stream and its WebSocket with a JWT in the address, from any page", async () => {
  const server = createHaipServer({ secret: KEY, clock });
  const users: unknown[] = [];
  server.on("connect", (id) => users.push(server.getSession(id)?.user));
  const port = await listen(server);
  const good = await issueToken({ user: "user-1", secret: KEY, clock });
  const forged = await issueToken({ user: "user-1", secret: WRONG, clock });
  const { refreshToken } = await server.grantTokens({ user: "user-2" });
  const outcome = await runInBrowser(`
    const base = "127.0.0.1:${port}";
    const stream = (token) => new Promise((resolve) => {
      const events = new EventSource("http://" + base + "/haip/sse?token=" + token);
      events.onmessage = ({ data }) => resolve(JSON.parse(data).type);
      events.onerror = () => resolve("error");
    });
    const connect = (address, protocols) => new Promise((resolve) => {
      const socket = new WebSocket(address, protocols);
      socket.onmessage = ({ data }) => resolve(JSON.parse(data).type + socket.protocol);
      socket.onclose = () => resolve("closed");
    });
    const response = await fetch("http://" + base + "/auth/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refreshToken: ${JSON.stringify(refreshToken)} }),
    });
    const { token } = await response.json();
    const socket = "ws://" + base + "/haip/websocket";
    return [
      await stream(${JSON.stringify(good)}),
      await stream(${JSON.stringify(forged)}),
      await connect(socket + "?token=" + ${JSON.stringify(good)}, []),
      await connect(socket + "?token=" + ${JSON.stringify(forged)}, []),
      await connect(socket, ["haip", "token." + ${JSON.stringify(good)}]),
      await stream(token),
    ];
  `);
  expect(outcome).toEqual(["HAI", "error", "HAI", "closed", "HAIhaip", "HAI"]);
  expect(users).toEqual(["user-1", "user-1", "user-1", "user-2"]);
});
