import type { IncomingMessage } from "node:http";

const longestBody = 65_536;

/**
 * Reads the body of a request as text; null where it is over 64 KiB, or was broken off. The
 * connection stays usable for the answer.
 */
export function readRequestBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let total = 0;
    const take = (chunk: Buffer): void => {
      total += chunk.length;
      if (total <= longestBody) chunks.push(chunk);
      else give(null);
    };
    const give = (body: string | null): void => {
      // What follows still flows, to nobody: an answer cannot overtake a body that stands still.
      request.off("data", take);
      resolve(body);
    };
    request.on("data", take);
    request.once("end", () => give(Buffer.concat(chunks).toString("utf8")));
    request.once("error", () => give(null));
    request.once("close", () => give(null));
  });
}
