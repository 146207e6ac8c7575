import type { IncomingMessage } from "node:http";

import { ProbeFailure } from "./failure.js";

/** When a body that is a stream has been read for long enough. */
export interface Cut {
  readonly enough: (body: string) => boolean;
  /** Milliseconds from the headers on; whatever came by then is the answer. */
  readonly silenceMs: number;
}

/**
 * Reads a body up to its end, to the cap, or to where it is cut.
 *
 * @throws ProbeFailure when it breaks off, or does not end before the signal aborts
 */
export function readResponseBody(
  response: IncomingMessage,
  maxBytes: number,
  cut: Cut | undefined,
  signal: AbortSignal,
): Promise<{ text: string; truncated: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    const read = () => Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
    const finish = (truncated: boolean) => {
      clearTimeout(timer);
      resolve({ text: read(), truncated });
    };
    const fail = (message: string, code: "no-answer" | "cut-short") => {
      clearTimeout(timer);
      reject(new ProbeFailure(code, message));
    };
    const timer = cut && setTimeout(() => finish(true), cut.silenceMs);
    signal.addEventListener("abort", () => fail("the answer did not end in time", "no-answer"));
    if (response.statusCode === 101) {
      finish(false);
      return;
    }
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      total += chunk.length;
      if (total > maxBytes || cut?.enough(read()) === true) finish(true);
    });
    response.on("end", () => finish(false));
    response.on("error", () => fail("the answer ended before its end", "cut-short"));
  });
}
