import { spawn } from "node:child_process";

import { expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { createMachine } from "../../src/core/machine.js";
import { probe, type ProbeOptions } from "../../src/probe/probe.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";

const nobody = 65_534;

/** Refuses everything, tells what it was sent, and belongs to another user than this test. */
const server = `
  const server = require("node:http").createServer((request, response) => {
    console.log("got " + request.url + " " + request.headers.authorization);
    response.writeHead(401).end();
  });
  server.listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
`;

it("keeps the key from the server of another user, and names the user", async () => {
  const child = spawn(process.execPath, ["-e", server], { uid: nobody, gid: nobody, cwd: "/" });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const port = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the server ended: ${output}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /port (\d+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const key = generateKey();
  const options: ProbeOptions = {
    system: createGenericSystem({ path: "/", transport: "bearer" }),
    url: `http://127.0.0.1:${port}`,
    key,
    machine: createMachine({ process, date: Date }),
  };
  await expect(probe(options)).rejects.toMatchObject({
    code: "target-refused",
    message: `the server on port ${port} belongs to nobody`,
  });
  await expect.poll(() => output).toContain("got / Bearer ");
  expect(output).not.toContain(key);

  expect(await probe({ ...options, listener: "anybody" })).toMatchObject({
    verdict: "inconclusive",
    reason: { code: "form-unknown" },
  });
  await expect.poll(() => output).toContain(key);
});
