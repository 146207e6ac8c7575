import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import { temporaryFolder } from "../helpers/machine.js";
import { ask, KEY } from "../helpers/site-client.js";

const total = 8000;
const atOnce = 200;

/** Each WebSocket is a file of the server, and one of this process. */
function readFileLimit(): number {
  const line = /^Max open files +\S+ +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return line?.[1] === "unlimited" ? Infinity : Number(line?.[1]);
}

/** Kilobytes that a process holds in memory. */
function readMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

it(`holds ${total} idle WebSockets on one server, answers beside them, and tells each that it ends`, async () => {
  expect(readFileLimit()).toBeGreaterThan(total + 200);
  const env = { HOME: temporaryFolder(), OPENJARVIS_API_KEY: KEY };
  const argv = ["serve", "--system", "openjarvis", "--port", "0"];
  const server = spawn(process.execPath, [resolve("bin", "keyward.cjs"), ...argv], {
    env,
    cwd: "/",
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void server.kill("SIGKILL"));
  const ended = once(server, "exit");
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const port = Number(new URL(line.toString("utf8").trim()).port);
  const before = readMemory(server.pid ?? 0);

  const key = `openjarvis.key.b64url.${Buffer.from(KEY).toString("base64url")}`;
  const sockets: WebSocket[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
  const codes = new Map<number, number>();
  const address = `ws://127.0.0.1:${port}/v1/chat/stream`;
  const open = () =>
    new Promise<string>((done, fail) => {
      const socket = new WebSocket(address, ["openjarvis.auth.v1", key], {
        perMessageDeflate: false,
      });
      sockets.push(socket);
      socket.once("open", () => done(socket.protocol)).once("error", fail);
      socket.once("close", (code) => codes.set(code, (codes.get(code) ?? 0) + 1));
    });
  for (let opened = 0; opened < total; opened += atOnce) {
    const protocols = await Promise.all(Array.from({ length: atOnce }, open));
    expect(new Set(protocols)).toEqual(new Set(["openjarvis.auth.v1"]));
  }

  const headers = { Authorization: `Bearer ${KEY}` };
  expect((await ask(port, { path: "/v1/info", headers })).status).toBe(200);
  expect((await ask(port, { path: "/v1/info" })).status).toBe(401);
  expect(codes.size).toBe(0);
  // Some 10 KB each; a leak of buffers would be ten times that.
  expect(readMemory(server.pid ?? 0) - before).toBeLessThan(total * 50);

  server.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  await expect.poll(() => codes.get(1001), { timeout: 10_000 }).toBe(total);
});
