import { findSystem } from "../../src/systems/list.js";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

import { adviseClients } from "../../src/systems/contract/clients.js";

/** Runs a client's program, by what it is told, against a server that keeps what it was asked with. */
export async function askAsTold(
  system: "jean2" | "jean",
  key: string,
  start: (snippets: ReturnType<typeof adviseClients>["snippets"]) => readonly [string, ...string[]],
) {
  const seen: { token: string | null; header: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://x");
    seen.push({ token: searchParams.get("token"), header: request.headers.authorization });
    response.end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { snippets } = adviseClients(
    findSystem(system).clients,
    `http://127.0.0.1:${port}`,
    "MY_KEY",
  );
  const [program, ...args] = start(snippets);
  await new Promise<void>((resolve, reject) => {
    const env = { PATH: process.env["PATH"], MY_KEY: key };
    execFile(program, args, { env }, (error) => (error === null ? resolve() : reject(error)));
  });
  return seen;
}
