import type { Clock } from "../machine.js";
import type { Answer, Question } from "../systems/probe-plan.js";
import type { Trust } from "./connect.js";
import { ProbeFailure } from "./failure.js";
import type { HttpResponse, Requester } from "./requester.js";
import type { Target } from "./target.js";

/** What all questions of one probe have in common. */
export interface Conversation {
  readonly request: Requester;
  readonly target: Target;
  readonly trust: Trust | undefined;
  readonly clock: Clock;
  /** On the clock that never jumps, in milliseconds. */
  readonly deadline: number;
}

/** An answer, with what only the findings look at. */
export interface Heard {
  readonly answer: Answer;
  /** The address that answered. */
  readonly address: string;
  readonly certificateExpires: number | null;
}

/**
 * Asks one question.
 *
 * @param address where to connect: what answered before has to be what answers now
 * @param share what part of the time that is left this question may take
 * @throws ProbeFailure when no answer comes
 */
export async function ask(
  conversation: Conversation,
  question: Question,
  address: string | undefined,
  share = 1,
): Promise<Heard> {
  const { request, target, trust, clock, deadline } = conversation;
  const timeoutMs = (deadline - clock.monotonic()) * share;
  if (timeoutMs <= 0) throw new ProbeFailure("no-answer", "no time was left to ask");
  const response = await request({
    method: question.method,
    url: target.url + question.path,
    headers: question.headers,
    timeoutMs,
    ...(address === undefined ? {} : { address }),
    ...(trust === undefined ? {} : { trust }),
  });
  const { certificateExpires } = response;
  return { answer: readAnswer(response), address: response.address, certificateExpires };
}

function readAnswer({ status, headers, body, truncated }: HttpResponse): Answer {
  return { status, headers, body, truncated, json: truncated ? null : parseObject(body) };
}

function parseObject(body: string): Answer["json"] {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
