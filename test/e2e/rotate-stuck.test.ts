import * as fs from "node:fs";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { runBuilt } from "../helpers/built.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { buildServer, startServer } from "../helpers/restartable-server.js";
import { listLeftovers } from "../helpers/rotation.js";

// A server that its restart has killed can neither be given the new key nor the old one. What is
// printed then is what its user does, and ends it.

async function getStuck(...options: string[]) {
  const home = temporaryFolder();
  fs.mkdirSync(join(home, ".jean2"));
  const file = join(home, ".jean2", ".env");
  fs.writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
  const script = await buildServer(home);
  const server = await startServer(script, home);
  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const run = (...argv: string[]) =>
    runBuilt("keyward", ["--system", "jean2", ...argv], {
      env: { ...env, JEAN2_PORT: String(server.port) },
    });
  server.setMode("die");
  const rotate = ["token", "rotate", "--timeout", "1s", ...options];
  const stuck = await run(...rotate, "--restart-command", "--", ...server.command);
  const restart = () => startServer(script, home, server.port);
  return { home, file, run, stuck, restart, server, script };
}

it("a rotation whose server died ends by --undo, when it runs again with the old key", async () => {
  const { home, file, run, stuck, restart, server } = await getStuck();
  expect(stuck.code).toBe(5);
  expect(stuck.stderr).toContain("keyward --system jean2 token rotate --resume");
  expect(stuck.stderr).toContain(
    `${server.command.join(" ")} && keyward --system jean2 token rotate --undo`,
  );
  expect(fs.readFileSync(file, "utf8")).toContain(keyA);
  const refused = await run("token", "rotate");
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("was cut off")]);
  // The same again, while nothing is repaired.
  expect((await run("token", "rotate", "--undo", "--timeout", "1s")).code).toBe(5);
  await restart();
  const undone = await run("token", "rotate", "--undo");
  expect(undone.code).toBe(0);
  expect(undone.stdout).toContain("undone: ");
  expect(listLeftovers(home)).toEqual([]);
  expect((await run("token", "rotate")).code).toBe(0);
});

it("a leaked key's rotation whose server died ends by --resume, when it runs again", async () => {
  const { home, file, run, stuck, restart } = await getStuck("--leaked");
  expect(stuck.code).toBe(5);
  expect(fs.readFileSync(file, "utf8")).not.toContain(keyA);
  await restart();
  const ended = await run("token", "rotate", "--resume");
  expect([ended.code, ended.stderr]).toEqual([
    0,
    expect.stringContaining("proven: the new key works"),
  ]);
  expect(listLeftovers(home)).toEqual([]);
});

it("another command restarts the server where the one that was begun with cannot", async () => {
  const { home, run, script, server } = await getStuck("--leaked");
  server.setMode("well");
  const start = join(home, "start.sh");
  const node = `${process.execPath} ${script} ${home} ${server.port} ${join(home, "mode")}`;
  fs.writeFileSync(start, `${node} >/dev/null 2>&1 & echo $! > ${join(home, "pid")}\n`);
  onTestFinished(() => {
    process.kill(Number(fs.readFileSync(join(home, "pid"), "utf8")), "SIGKILL");
  });
  const ended = await run("token", "rotate", "--resume", "--restart-command", "--", "sh", start);
  expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("restart done")]);
  expect(listLeftovers(home)).toEqual([]);
});
