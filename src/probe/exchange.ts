import { parseObject } from "../systems/contract/probe-judge.js";
import type { ProbeResponse, ProbeRequest } from "../systems/contract/probe-plan.js";
import type { ProbeSession } from "./session.js";
import { ProbeFailure } from "../net/failure.js";
import type { ConnectionWatch } from "../net/message.js";
import type { HttpResponse } from "../net/requester.js";

/** An answer, with what only the findings look at. */
export interface ReceivedResponse {
  readonly answer: ProbeResponse;
  /** The address that answered. */
  readonly address: string;
  readonly certificateExpires: number | null;
}

/** How long one question may take. */
export interface Allowance {
  /** What part of the time that is left it may take, retries and all. @default 1 */
  readonly share?: number;
  /** Milliseconds in which a WebSocket that lives may still hang up. @default 300 */
  readonly graceMs?: number;
  /** Whether to ask again a server that is busy or silent. @default true */
  readonly retries?: boolean;
  /** Milliseconds that it may take at most, whatever time is left. */
  readonly limitMs?: number;
  /** Looks at the connection. */
  readonly watch?: ConnectionWatch | undefined;
}

/** A server that is busy is asked again after these; one that is silent, once and at once. */
const pauses = [150, 600];
const longestSilence = 2000;
const usualGrace = 300;

/**
 * Asks one question, and again where the answer is that the server is busy or does not come.
 *
 * @param address where to connect: what answered before has to be what answers now
 * @throws ProbeFailure when no answer comes
 */
export async function ask(
  conversation: ProbeSession,
  question: ProbeRequest,
  address: string | undefined,
  { share = 1, graceMs = usualGrace, retries = true, limitMs = Infinity, watch }: Allowance = {},
): Promise<ReceivedResponse> {
  const { clock, deadline } = conversation;
  const left = deadline - clock.monotonic();
  const end = Math.min(deadline - left * (1 - share), clock.monotonic() + limitMs);
  const timeLeft = () => end - clock.monotonic();
  const askFor = (timeoutMs: number) =>
    askOnce(conversation, question, address, timeoutMs, graceMs, watch);
  if (!retries) return askFor(timeLeft());
  let heard = await askTwice(askFor, timeLeft());
  for (const pause of pauses) {
    const wait = Math.max(pause, wantedPause(heard.answer));
    if (!isBusy(heard.answer) || wait * 2 > timeLeft()) break;
    await sleep(wait);
    heard = await askTwice(askFor, timeLeft());
  }
  return heard;
}

/** A server that takes a question and says nothing has lost it, perhaps. */
async function askTwice(
  askFor: (timeoutMs: number) => Promise<ReceivedResponse>,
  timeoutMs: number,
): Promise<ReceivedResponse> {
  try {
    return await askFor(timeoutMs / 2);
  } catch (failure) {
    if (!(failure instanceof ProbeFailure) || failure.code !== "no-answer") throw failure;
    return askFor(timeoutMs / 2);
  }
}

async function askOnce(
  { request, target, trust, proxy }: ProbeSession,
  question: ProbeRequest,
  address: string | undefined,
  timeoutMs: number,
  graceMs: number,
  watch: ConnectionWatch | undefined,
): Promise<ReceivedResponse> {
  if (timeoutMs <= 0) throw new ProbeFailure("no-answer", "no time was left to ask");
  const { method, path, headers, enough, socket } = question;
  const silenceMs = Math.min(longestSilence, timeoutMs / 2);
  const response = await request({
    method,
    url: target.base + path,
    headers,
    timeoutMs,
    patience: { silenceMs, graceMs: Math.min(graceMs, silenceMs) },
    ...(method === "POST" && { body: "" }),
    ...(address !== undefined && { address }),
    ...(trust !== undefined && { trust }),
    ...(proxy !== null && { proxy }),
    ...(enough !== undefined && { enough }),
    ...(socket !== undefined && { socket }),
    ...(watch !== undefined && { watch }),
  });
  const { certificateExpires } = response;
  return { answer: readAnswer(response), address: response.address, certificateExpires };
}

function isBusy({ status }: ProbeResponse): boolean {
  return status === 429 || status >= 500;
}

/** Milliseconds that the server asks for; 0 where it does not, or names a date. */
function wantedPause({ headers }: ProbeResponse): number {
  const seconds = headers["retry-after"] ?? "";
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : 0;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function readAnswer({ status, headers, body, truncated, socket }: HttpResponse): ProbeResponse {
  const json = truncated ? null : parseObject(body);
  return { status, headers, body, truncated, json, socket: socket ?? null };
}
