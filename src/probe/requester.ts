import { type ClientRequest, type IncomingMessage, request as send } from "node:http";
import type { Socket } from "node:net";

import { systemErrorCode } from "../errors.js";
import type { Header } from "../systems/probe-plan.js";
import { isTls, openSocket, readExpiry, type Trust } from "./connect.js";
import { ProbeFailure } from "./failure.js";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: string;
  /** `http:` or `https:`, without userinfo; what of it is not ASCII is percent-encoded. */
  readonly url: string;
  /** Connect to this address instead of looking the URL's host up; the Host header stays. */
  readonly address?: string;
  /** Written in this order, as they stand. Host and `Connection: close` are added, nothing else. */
  readonly headers?: readonly Header[];
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** The body is cut there. @default 65536 */
  readonly maxBytes?: number;
  /** Whom to trust over https; the authorities of node without it. */
  readonly trust?: Trust;
}

/** What came back. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; what came several times is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body was longer than allowed. */
  readonly truncated: boolean;
  /** The address that answered. */
  readonly address: string;
  /** Until when the server's certificate is valid, in milliseconds since 1970; null without TLS. */
  readonly certificateExpires: number | null;
}

/**
 * Sends one request on a connection of its own, which is closed before the promise settles.
 * Follows no redirect, keeps no cookie, uses no proxy.
 *
 * @throws ProbeFailure when no whole answer came
 */
export type Requester = (request: HttpRequest) => Promise<HttpResponse>;

const defaultMaxBytes = 65_536;

/**
 * A requester on node:http. https goes through node:tls, and that is loaded at its first use:
 * node:https costs more at start than the whole exchange.
 */
export function createRequester(): Requester {
  return async (request) => {
    const url = new URL(request.url);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), request.timeoutMs);
    try {
      const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
      const encrypted = url.protocol === "https:";
      const endpoint = {
        hostname,
        address: request.address ?? hostname,
        port: Number(url.port || (encrypted ? 443 : 80)),
        trust: encrypted ? (request.trust ?? {}) : null,
      };
      const socket = await openSocket(endpoint, abort.signal);
      try {
        return await exchange(socket, url, request, abort.signal);
      } finally {
        socket.destroy();
      }
    } finally {
      clearTimeout(timer);
    }
  };
}

async function exchange(
  socket: Socket,
  url: URL,
  { method, headers = [], body, maxBytes = defaultMaxBytes }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const address = socket.remoteAddress;
  // Without it nobody could say later whether the same server answers.
  if (address === undefined) throw new ProbeFailure("connection-reset", "it hung up");
  const certificateExpires = isTls(socket) ? readExpiry(socket) : null;
  const length = body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  const request = send({
    createConnection: () => socket,
    method,
    path: url.pathname + url.search,
    // As a list, node writes them as they stand.
    headers: ["Host", url.host, ...headers.flat(), ...length, "Connection", "close"],
  });
  request.end(body);
  const response = await receive(request, signal);
  const { text, truncated } = await readBody(response, maxBytes, signal);
  return {
    status: response.statusCode ?? 0,
    headers: joinHeaders(response),
    body: text,
    truncated,
    address,
    certificateExpires,
  };
}

function receive(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new ProbeFailure("no-answer", "connected, but no answer in time")),
    );
    request.on("error", (error) => reject(nameAnswerFailure(error)));
    request.on("response", resolve);
    // Nobody asked for an upgrade: it is an answer like any other, without a body.
    request.on("upgrade", (response, upgraded) => {
      upgraded.on("error", () => {});
      resolve(response);
    });
  });
}

function readBody(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ text: string; truncated: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    const finish = (truncated: boolean) => {
      const bytes = Buffer.concat(chunks).subarray(0, maxBytes);
      resolve({ text: bytes.toString("utf8"), truncated });
    };
    signal.addEventListener("abort", () =>
      reject(new ProbeFailure("no-answer", "the answer did not end in time")),
    );
    if (response.statusCode === 101) {
      finish(false);
      return;
    }
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      total += chunk.length;
      if (total > maxBytes) finish(true);
    });
    response.on("end", () => finish(false));
    response.on("error", () =>
      reject(new ProbeFailure("cut-short", "the answer ended before its end")),
    );
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
