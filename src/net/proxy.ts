import { type ClientRequest, type IncomingMessage, request as send } from "node:http";
import type { Socket } from "node:net";

import { KeywardError } from "../core/errors.js";
import { looksLikeKey } from "../keys/looks-like-key.js";
import { ProbeFailure } from "./failure.js";
import { isExempt } from "./no-proxy.js";
import type { Target } from "./target.js";

/** A proxy that stands between this machine and the server. */
export interface Proxy {
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `http://name:port`, fit to be shown. */
  readonly origin: string;
  /** The value of `Proxy-Authorization`; null without one. Never print it. */
  readonly authorization: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment wants for a server: none for this machine's own, nor for what
 * NO_PROXY names. Names in lower case come first, as with curl.
 *
 * @throws KeywardError `usage` for a proxy that is none of http; the message does not repeat it
 */
export function chooseProxy(target: Target, env: Environment): Proxy | null {
  if (target.loopback) return null;
  const own = target.secure ? "https_proxy" : "http_proxy";
  const find = (name: string) => [name, name.toUpperCase()].find((variable) => env[variable]);
  const variable = find(own) ?? find("all_proxy");
  if (variable === undefined) return null;
  const exempt = find("no_proxy");
  if (exempt !== undefined && isExempt(target, env[exempt] ?? "")) return null;
  const text = env[variable] ?? "";
  const proxy = parseProxy(text.includes("://") ? text : `http://${text}`);
  if (proxy !== null) return proxy;
  throw new KeywardError("usage", `the proxy in ${variable} is not an http proxy`, {
    hint: `write it like http://127.0.0.1:3128, or leave the server out with NO_PROXY=${target.hostname}`,
  });
}

function parseProxy(text: string): Proxy | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, hostname, port } = new URL(text);
  // The parser makes a host of any word, in lower case, and that is shown.
  const [host = ""] = /[^/@?#]*(?=$|[/?#])/.exec(text.replace(/^.*?:\/\/(?:[^/?#]*@)?/, "")) ?? [];
  const user = decodeUser(username, password);
  if (protocol !== "http:" || user === null || looksLikeKey(host.replace(/:\d*$/, ""))) return null;
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || 80),
    origin: `http://${hostname}:${port || 80}`,
    authorization: user === ":" ? null : `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

/** Null for a `%` that begins no escape: what the proxy is to get then is not known. */
function decodeUser(name: string, password: string): string | null {
  try {
    return `${decodeURIComponent(name)}:${decodeURIComponent(password)}`;
  } catch {
    return null;
  }
}

/** Asks a proxy, over a connection to it, for a way through to the server. */
export async function openTunnel(
  socket: Socket,
  { authorization }: Proxy,
  authority: string,
  signal: AbortSignal,
): Promise<void> {
  const request = send({
    createConnection: () => socket,
    method: "CONNECT",
    path: authority,
    headers: [
      "Host",
      authority,
      ...(authorization === null ? [] : ["Proxy-Authorization", authorization]),
    ],
  });
  request.end();
  const status = await receiveConnect(request, signal);
  if (status === 200) return;
  throw new ProbeFailure("proxy-failed", `the proxy refuses the connection: it answers ${status}`);
}

function receiveConnect(request: ClientRequest, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new ProbeFailure("timed-out", "the proxy did not connect in time")),
    );
    request.on("error", () =>
      reject(new ProbeFailure("proxy-failed", "the proxy closed the connection")),
    );
    const take = ({ statusCode = 0 }: IncomingMessage) => resolve(statusCode);
    request.on("connect", take).on("response", take);
  });
}
