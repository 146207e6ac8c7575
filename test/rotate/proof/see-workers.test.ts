import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:http";
import * as net from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { findAccepted, lookForWorkers } from "../../../src/rotate/proof/see-workers.js";
import { temporaryFolder, testMachine } from "../../helpers/machine.js";

const isLinux = process.platform === "linux";
const none = new Map<number, number>();

async function listen(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

/** A program of that name that listens. */
async function startProgram(
  name: string,
): Promise<{ readonly port: number; readonly pid: number }> {
  const path = join(temporaryFolder(), name);
  const source = `const server = require("node:http").createServer();
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  fs.writeFileSync(path, source);
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { port: Number(said.toString()), pid: child.pid ?? 0 };
}

describe.skipIf(!isLinux)("a look at a server", () => {
  it.each(["127.0.0.1", "0.0.0.0", "::"])("that listens on %s sees its process", async (host) => {
    const port = await listen(host);
    const looked = { address: "127.0.0.1", port, accepted: none };
    const { listening } = lookForWorkers(looked, testMachine());
    expect(listening?.map(({ pid }) => pid)).toEqual([process.pid]);
  });

  it("sees who holds the server's end of a connection, by our port", async () => {
    const { port, pid } = await startProgram("server");
    const socket = net.connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    const { localPort = 0 } = socket;
    const machine = testMachine();
    let holders: readonly number[] = [];
    for (let look = 0; look < 100 && holders.length === 0; look++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const accepted = findAccepted(port, [localPort], machine);
      const { holding } = lookForWorkers({ address: "127.0.0.1", port, accepted }, machine);
      holders = holding.get(localPort)?.map((one) => one.pid) ?? [];
    }
    expect(holders).toEqual([pid]);
  });

  it.each(["docker-proxy", "nginx", "haproxy"])(
    "cannot tell how many workers stand behind %s",
    async (name) => {
      const { port } = await startProgram(name);
      const looked = { address: "127.0.0.1", port, accepted: none };
      expect(lookForWorkers(looked, testMachine()).listening).toBeNull();
    },
  );

  it.each([
    ["nobody listens", "127.0.0.1", {}],
    ["it is a unix socket", "/run/agent.sock", {}],
    ["the system is another", "127.0.0.1", { platform: "darwin" as const }],
  ])("cannot tell where %s", (_, address, overrides) => {
    const looked = { address, port: 9, accepted: none };
    expect(lookForWorkers(looked, testMachine(overrides)).listening).toBeNull();
  });

  it("cannot tell of another user's server", async () => {
    const port = await listen("127.0.0.1");
    const { user } = testMachine();
    const stranger = { ...user, uid: user.uid + 1000, name: "stranger" };
    const looked = { address: "127.0.0.1", port, accepted: none };
    expect(lookForWorkers(looked, testMachine({ user: stranger })).listening).toBeNull();
  });
});
