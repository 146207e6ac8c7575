import type { WebSocket } from "ws";

import type { Clock } from "../../core/machine.js";
import type { ResponseData, AuthRequest, WireForms } from "./wire.js";

/** A WebSocket that is granted. */
export interface SocketPlan {
  /** The subprotocol to select, or null for none. */
  readonly protocol: string | null;
  /** Called once the socket is open; most sockets stay silent. */
  open(socket: WebSocket): void;
}

/** What ends when client or server hang up. */
export interface Line {
  once(event: "close", listener: () => void): unknown;
}

/** An answer that has begun. */
export interface Stream extends Line {
  /** Sends the last words, and hangs up. */
  end(text?: string): unknown;
}

/** An answer, or the beginning of one. */
export interface SiteAnswer extends ResponseData {
  /**
   * The body is all that is ever sent, and yet the answer does not end. Called once it has begun.
   */
  readonly endless?: (line: Stream) => void;
}

/** A request as a site gets it: the head, and the rest on demand. */
export interface SiteRequest extends AuthRequest {
  /** The client's address; empty where it is gone already. */
  readonly ip: string;
  /** The body as text; null where it is over 64 KiB, or was broken off. */
  readBody(): Promise<string | null>;
}

/** Now, or as soon as a signature is verified. */
type Soon<T> = T | Promise<T>;

/** One system's reference server, apart from sockets: requests in, answers out, nothing thrown. */
export interface Site {
  answer(request: SiteRequest): Soon<SiteAnswer>;
  /** Decides about a GET that asks for a WebSocket. */
  upgrade(request: SiteRequest): Soon<SiteAnswer | SocketPlan>;
}

/** What every site is built on. */
export interface SiteBase {
  /** The refusal that a request has earned, or null where it may go on. */
  refuse(request: AuthRequest): ResponseData | null;
  readonly clock: Pick<Clock, "now">;
}

/** What a reference server is to be. */
export interface SiteInput {
  /** One of the system's releases. */
  readonly release: string;
  /** The key to ask for; null for no authentication. */
  readonly key: string | null;
  readonly clock: Pick<Clock, "now">;
  /** Whether it says that what it works with is missing. */
  readonly backendDown: boolean;
  /** What refuses all but the key, in these forms. */
  readonly baseOf: (wire: WireForms) => SiteBase;
}

/** Makes a system's reference server. */
export type SiteMaker = (input: SiteInput) => Site;

/** An answer in JSON. */
export function json(status: number, body: object): ResponseData {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** An answer in words. */
export function text(status: number, body: string): ResponseData {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8" }, body };
}

/** A web page. */
export function html(title: string): ResponseData {
  const body = `<!doctype html><title>${title}</title><h1>${title}</h1>`;
  return { status: 200, headers: { "Content-Type": "text/html; charset=utf-8" }, body };
}
