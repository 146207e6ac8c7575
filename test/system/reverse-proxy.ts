import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

import { temporaryFolder } from "../helpers/machine.js";
import { findPort } from "../helpers/restartable-server.js";

/** A proxy that runs, with one of the files of docs/. */
export interface ReverseProxy {
  readonly url: string;
  readonly port: number;
  /** All that it has written down so far: its logs, and what it has printed. */
  written(): string;
  /** What stands in its access log. */
  accessLog(): string;
}

export type ProxyName = "nginx" | "caddy";

export const certificate = fixture("loopback.crt.pem");
const privateKey = fixture("loopback.key.pem");

function fixture(name: string): string {
  return fileURLToPath(new URL(`../helpers/certificates/${name}`, import.meta.url));
}

/** Reads a configuration, and puts something else in each of these places; every one must be there. */
export function readConfiguration(
  name: ProxyName,
  system: string,
  changes: readonly (readonly [from: string, to: string])[],
): string {
  const file = name === "nginx" ? `nginx/${system}.conf` : `caddy/${system}.Caddyfile`;
  let text = readFileSync(new URL(`../../docs/reverse-proxies/${file}`, import.meta.url), "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`there is no ${from} in ${file}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Starts Debian's own proxy on a free port of loopback, before a server on another one. */
export async function startProxy(
  name: ProxyName,
  system: string,
  [documentedPort, upstreamPort]: readonly [number, number],
): Promise<ReverseProxy> {
  const folder = temporaryFolder();
  // nginx gives its own folders to another user, who has to get there.
  chmodSync(folder, 0o755);
  const port = await findPort();
  const upstream = [`127.0.0.1:${documentedPort}`, `127.0.0.1:${upstreamPort}`] as const;
  const accessLog = join(folder, `${system}.access.log`);
  const own = { folder, port, system, upstream };
  const child = name === "nginx" ? startNginx(own) : startCaddy(own);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  }
  const ended = once(child, "exit");
  onTestFinished(async () => {
    // Caddy would wait for streams to end; nginx has children to take along.
    child.kill(name === "caddy" ? "SIGKILL" : "SIGTERM");
    await ended;
  });
  await waitFor(port, child, () => printed);
  const read = (file: string) => {
    try {
      return readFileSync(join(folder, file), "utf8");
    } catch {
      return "";
    }
  };
  return {
    url: `https://localhost:${port}`,
    port,
    written: () =>
      printed + readFileSync(accessLog, "utf8") + read(`${system}.error.log`) + read("error.log"),
    accessLog: () => readFileSync(accessLog, "utf8"),
  };
}

interface Own {
  readonly folder: string;
  readonly port: number;
  readonly system: string;
  readonly upstream: readonly [string, string];
}

function startNginx({ folder, port, system, upstream }: Own): ChildProcess {
  const site = readConfiguration("nginx", system, [
    upstream,
    ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
    ["/etc/ssl/certs/agent.example.org.pem", certificate],
    ["/etc/ssl/private/agent.example.org.key", privateKey],
    ["/var/log/nginx", folder],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((each) => `${each}_temp_path ${join(folder, each)};`)
    .join("\n");
  const main = join(folder, "nginx.conf");
  writeFileSync(
    main,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1;
    events {} http { access_log off; ${temporary} ${site} }`,
  );
  return spawn("nginx", ["-e", join(folder, "error.log"), "-p", folder, "-c", main], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function startCaddy({ folder, port, system, upstream }: Own): ChildProcess {
  const text = readConfiguration("caddy", system, [
    upstream,
    [
      "agent.example.org {\n",
      `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${privateKey}\n`,
    ],
    // Its own port for orders, and the one that leads to https.
    ["\tlog default {", "\tadmin off\n\tauto_https disable_redirects\n\tlog default {"],
    ["/var/log/caddy", folder],
  ]);
  const file = join(folder, "Caddyfile");
  mkdirSync(join(folder, "home"));
  writeFileSync(file, text);
  const home = join(folder, "home");
  return spawn("caddy", ["run", "--config", file, "--adapter", "caddyfile"], {
    env: { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Waits until something listens, which a proxy that has ended never does. */
async function waitFor(port: number, child: ChildProcess, printed: () => string): Promise<void> {
  let failure: unknown = null;
  child.on("error", (error) => (failure = error));
  while (!(await canConnect(port))) {
    if (failure !== null) throw failure as Error;
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${printed()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
