// Requests per second and the 99th percentile of node:http without authentication, beside ours with
// 1 and 1,000 keys, hono's bearerAuth and an Express middleware: accepted and refused. The servers
// are processes of their own; short rounds are interleaved, so that a machine that slows down slows all.
import { fork } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";

import { median } from "./pairs.mjs";

const key = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
const wrong = "Wb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
const connections = 32;
const rounds = 15;
const each = 4000;
const hello = "hello";
const refusal = '{"detail":"Invalid API key"}';
const refusalHeaders = ["Content-Type", "application/json", "Content-Length", refusal.length];

const servers = {
  // Whatever is asked, it answers what the path says, at the cost of the answer alone.
  "no authentication": async () =>
    http.createServer((request, response) => {
      if (request.url === "/v1/info") response.end(hello);
      else response.writeHead(401, refusalHeaders).end(refusal);
    }),
  "keyward, 1 key": () => guarded([key]),
  "keyward, 1,000 keys": () =>
    guarded(Array.from({ length: 1000 }, (_, index) => (index === 500 ? key : key + index))),
  "hono, bearerAuth": async () => {
    const { Hono } = await import("hono");
    const { bearerAuth } = await import("hono/bearer-auth");
    const { createAdaptorServer } = await import("@hono/node-server");
    const app = new Hono();
    app.use("/v1/*", bearerAuth({ token: key }));
    app.get("/v1/info", (context) => context.text(hello));
    return createAdaptorServer({ fetch: app.fetch });
  },
  "express, bearer": async () => {
    const { default: express } = await import("express");
    const { timingSafeEqual } = await import("node:crypto");
    const app = express();
    const expected = Buffer.from(key);
    app.use("/v1", (request, response, next) => {
      const [scheme, value = ""] = (request.headers.authorization ?? "").split(" ");
      const given = Buffer.from(value);
      const isGood =
        scheme === "Bearer" && given.length === expected.length && timingSafeEqual(given, expected);
      if (isGood) next();
      else response.status(401).json({ detail: "Invalid API key" });
    });
    app.get("/v1/info", (_, response) => response.send(hello));
    return http.createServer(app);
  },
};

async function guarded(keys) {
  const { createAuthenticator, guardHandler } = await import("keyward/server");
  const authenticator = createAuthenticator({ system: "openjarvis", keys });
  return http.createServer(guardHandler(authenticator, (_, response) => response.end(hello)));
}

if (process.argv[2] === undefined) await compareAll();
else await serve(process.argv[2]);

async function serve(name) {
  const server = await servers[name]();
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
}

async function compareAll() {
  const names = Object.keys(servers);
  const children = names.map((name) => fork(new URL(import.meta.url), [name]));
  try {
    const ports = await Promise.all(
      children.map(async (child) => (await once(child, "message"))[0]),
    );
    for (const [what, sent, status] of [
      ["accepted", key, 200],
      ["refused", wrong, 401],
    ]) {
      const refusing = status === 401 ? "/v1/refuse" : "/v1/info";
      const ask = (index) => load(ports[index], index === 0 ? refusing : "/v1/info", sent, status);
      for (const index of names.keys()) await ask(index);
      const rows = [];
      for (let round = 0; round < rounds; round += 1) {
        const row = [];
        for (const index of names.keys()) row[index] = await ask(index);
        rows.push(row);
      }
      console.log(`${what}, ${connections} connections`);
      for (const [index, name] of names.entries()) report(name, rows, index);
    }
  } finally {
    for (const child of children) child.kill();
  }
}

function report(name, rows, index) {
  const perSecond = Math.round(median(rows.map((row) => row[index].perSecond)));
  const ratio = median(rows.map((row) => row[index].perSecond / row[0].perSecond)).toFixed(2);
  const p99 = median(rows.map((row) => row[index].p99)).toFixed(2);
  const goal = name.startsWith("keyward") ? "  goal 0.9x" : "";
  const shown = perSecond.toLocaleString("en").padStart(8);
  console.log(`  ${name.padEnd(20)} ${shown}/s  p99 ${p99} ms  ${ratio}x of none${goal}`);
}

/**
 * Sends `each` requests over keep-alive connections, the next as soon as one is answered. On bare
 * sockets, since node's own client costs more than any of the servers and would hide them.
 */
async function load(port, path, sent, status) {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${sent}\r\n\r\n`;
  const times = [];
  let left = each;
  const work = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, "127.0.0.1").setNoDelay().setEncoding("latin1");
      let seen = "";
      let start;
      const ask = () => {
        if (left-- <= 0) {
          socket.destroy();
          resolve();
          return;
        }
        start = process.hrtime.bigint();
        socket.write(request);
      };
      socket.once("connect", ask).once("error", reject);
      socket.on("data", (chunk) => {
        seen += chunk;
        if (!isWhole(seen)) return;
        if (!seen.startsWith(`HTTP/1.1 ${status} `)) reject(new Error(seen));
        seen = "";
        times.push(Number(process.hrtime.bigint() - start) / 1e6);
        ask();
      });
    });
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  times.sort((a, b) => a - b);
  return { perSecond: each / seconds, p99: times[Math.floor(times.length * 0.99)] };
}

function isWhole(seen) {
  const end = seen.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(seen)?.[1];
  return length === undefined
    ? seen.endsWith("0\r\n\r\n")
    : seen.length >= end + 4 + Number(length);
}
