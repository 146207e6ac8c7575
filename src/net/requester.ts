import { type ClientRequest, type IncomingMessage, request as send } from "node:http";
import type { Socket } from "node:net";

import { systemErrorCode } from "../core/errors.js";
import type { ConnectionWatch, Header, SocketRecord, SocketTalk } from "./message.js";
import { isTls, openSocket, readExpiry, type Trust } from "./connect.js";
import { ProbeFailure } from "./failure.js";
import type { Proxy } from "./proxy.js";
import { readResponseBody } from "./read-body.js";
import type { Patience } from "./web-socket.js";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: string;
  /** `http:` or `https:`, without userinfo; what of it is not ASCII is percent-encoded. */
  readonly url: string;
  /**
   * Connect to this address instead of looking the URL's host up; the Host header stays. One that
   * starts with `/` is the path of a unix socket. With a proxy it is the proxy's.
   */
  readonly address?: string;
  /**
   * Written in this order, as they stand. Before them comes Host, unless they hold one, and after
   * them `Connection: close`, or what a WebSocket's handshake needs; nothing else is added.
   */
  readonly headers?: readonly Header[];
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** The body is cut there. @default 65536 */
  readonly maxBytes?: number;
  /** Whom to trust over https; the authorities of node without it. */
  readonly trust?: Trust;
  readonly proxy?: Proxy;
  /** The body is a stream: it is cut when this holds of it, or after a while of silence. */
  readonly enough?: (body: string) => boolean;
  /** Ask for a WebSocket. */
  readonly socket?: SocketTalk;
  /** How long a stream or WebSocket is listened to. @default 2 seconds, 300 milliseconds of grace */
  readonly patience?: Patience;
  /** Looks at the connection; the server is then asked to keep it open. */
  readonly watch?: ConnectionWatch;
}

/** What came back. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; what came several times is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body was longer than allowed, or a stream that was cut. */
  readonly truncated: boolean;
  /** The address that answered; with a proxy, the proxy's. */
  readonly address: string;
  /** Until when the server's certificate is valid, in milliseconds since 1970; null without TLS. */
  readonly certificateExpires: number | null;
  /** What was heard on the WebSocket that was asked for; absent where it was not granted. */
  readonly socket?: SocketRecord;
}

/**
 * Sends one request on a connection of its own, which is closed before the promise settles.
 * Follows no redirect, keeps no cookie, uses no proxy but the one that is named.
 *
 * @throws ProbeFailure when no whole answer came
 */
export type Requester = (request: HttpRequest) => Promise<HttpResponse>;

const defaultMaxBytes = 65_536;
const defaultPatience: Patience = { silenceMs: 2000, graceMs: 300 };

/**
 * A requester on node:http. https goes through node:tls, and that is loaded at its first use:
 * node:https costs more at start than the whole exchange.
 */
export function createRequester(): Requester {
  return async (request) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), request.timeoutMs);
    const connections: Socket[] = [];
    try {
      return await sendRequest(request, abort.signal, connections);
    } finally {
      clearTimeout(timer);
      for (const socket of connections) socket.destroy();
    }
  };
}

/** @param connections to be closed by the caller, whatever comes of it */
async function sendRequest(
  request: HttpRequest,
  signal: AbortSignal,
  connections: Socket[],
): Promise<HttpResponse> {
  const { proxy } = request;
  const url = new URL(request.url);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const encrypted = url.protocol === "https:";
  const port = Number(url.port || (encrypted ? 443 : 80));
  const trust = encrypted ? (request.trust ?? {}) : null;
  let socket: Socket;
  if (proxy === undefined) {
    const address = request.address ?? hostname;
    socket = await openSocket({ hostname, address, port, trust }, signal);
    connections.push(socket);
  } else {
    socket = await reachProxy(proxy, request.address, signal);
    connections.push(socket);
  }
  const address = request.address?.startsWith("/") ? request.address : socket.remoteAddress;
  // Without it nobody could say later whether the same server answers.
  if (address === undefined) throw new ProbeFailure("connection-reset", "it hung up");
  // Over a proxy, plain requests name the whole address; all else wants a way through.
  const isForwarded = proxy !== undefined && !encrypted && request.socket === undefined;
  if (proxy !== undefined && !isForwarded) {
    const { openTunnel } = await import("./proxy.js");
    await openTunnel(socket, proxy, `${url.hostname}:${port}`, signal);
    if (trust !== null) {
      socket = await openSocket({ hostname, address, port, trust, tunnel: socket }, signal);
      connections.push(socket);
    }
  }
  const answer = await watched(socket, request, () =>
    exchange(socket, url, request, isForwarded, signal),
  );
  return { ...answer, address, certificateExpires: isTls(socket) ? readExpiry(socket) : null };
}

async function reachProxy(
  { hostname, port }: Proxy,
  address: string | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    return await openSocket({ hostname, address: address ?? hostname, port, trust: null }, signal);
  } catch (failure) {
    if (!(failure instanceof ProbeFailure) || failure.code === "timed-out") throw failure;
    throw new ProbeFailure("proxy-failed", `the proxy cannot be reached: ${failure.message}`);
  }
}

async function watched<T>(
  { localPort = 0 }: Socket,
  { watch }: HttpRequest,
  work: () => Promise<T>,
): Promise<T> {
  if (watch === undefined) return work();
  if (!(await watch.connected(localPort)))
    throw new ProbeFailure("connection-reset", "it was closed before anything was sent");
  try {
    return await work();
  } finally {
    await watch.ended(localPort);
  }
}

type Exchanged = Omit<HttpResponse, "address" | "certificateExpires">;

async function exchange(
  socket: Socket,
  url: URL,
  request: HttpRequest,
  isForwarded: boolean,
  signal: AbortSignal,
): Promise<Exchanged> {
  const { method, headers = [], body, maxBytes = defaultMaxBytes, enough } = request;
  const { patience = defaultPatience } = request;
  const webSocket = request.socket && (await import("./web-socket.js"));
  const handshake = request.socket && webSocket?.createHandshake(request.socket);
  const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const login = isForwarded ? request.proxy?.authorization : null;
  const sent = send({
    createConnection: () => socket,
    method,
    path: (isForwarded ? url.origin : "") + url.pathname + url.search,
    // As a list, node writes them as they stand.
    headers: [
      ...(hasHost ? [] : ["Host", url.host]),
      ...headers.flat(),
      ...(login ? ["Proxy-Authorization", login] : []),
      ...length,
      ...(handshake?.headers.flat() ?? ["Connection", request.watch ? "keep-alive" : "close"]),
    ],
  });
  sent.end(body);
  const { response, head } = await receive(sent, signal);
  const status = response.statusCode ?? 0;
  const about = { status, headers: joinHeaders(response) };
  if (status === 101 && request.socket !== undefined && handshake !== undefined) {
    handshake.verify(response);
    const heard = await webSocket?.talk(socket, head, request.socket, patience, signal);
    return { ...about, body: "", truncated: false, ...(heard && { socket: heard }) };
  }
  const cut = enough && { enough, silenceMs: patience.silenceMs };
  const { text, truncated } = await readResponseBody(response, maxBytes, cut, signal);
  return { ...about, body: text, truncated };
}

/** The answer's headers, and of an upgrade what came right after them. */
function receive(
  request: ClientRequest,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; head: Buffer }> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new ProbeFailure("no-answer", "connected, but no answer in time")),
    );
    request.on("error", (error) => reject(nameAnswerFailure(error)));
    request.on("response", (response) => resolve({ response, head: Buffer.alloc(0) }));
    // Where nobody asked for an upgrade, it is an answer like any other, without a body.
    request.on("upgrade", (response, upgraded, head) => {
      upgraded.on("error", () => {});
      resolve({ response, head });
    });
  });
}

function nameAnswerFailure(error: Error): ProbeFailure {
  const code = systemErrorCode(error);
  if (code?.startsWith("HPE_") === true) {
    return new ProbeFailure("not-http", "what answers does not speak HTTP");
  }
  return new ProbeFailure("connection-reset", "it hung up before it answered");
}

function joinHeaders(response: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headersDistinct)) {
    if (value !== undefined) joined[name] = value.join(", ");
  }
  return joined;
}
