// A rotation with a restart, from the command to the commit, against node with nothing to do. The
// time that the server itself takes to come back is not keyward's: the steps of restarting and
// waiting are left out. What the steps take is shown, the longest first.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compare, median, show, time } from "./pairs.mjs";

const home = mkdtempSync(join(tmpdir(), "keyward-bench-"));
const { NODE_EXTRA_CA_CERTS: _, PATH } = process.env;
const env = { HOME: home, PATH };
const file = join(home, ".jean2", ".env");
mkdirSync(join(home, ".jean2"));
writeFileSync(file, "JEAN2_AUTH_TOKEN=Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE\n", {
  mode: 0o600,
});

// The server restarts in its own process, so that it takes nothing from the program that is timed.
const source = `
import { readFileSync } from "node:fs";
import { createReferenceServer } from "keyward/server";
const start = async (port) => {
  const [, key] = /JEAN2_AUTH_TOKEN=(.*)/.exec(readFileSync(${JSON.stringify(file)}, "utf8"));
  const server = createReferenceServer({ system: "jean2", key, clock: Date });
  return { server, url: (await server.listen({ host: "127.0.0.1", port })).url };
};
let now = await start(0);
const { port } = new URL(now.url);
process.on("SIGHUP", async () => {
  await now.server.close();
  now = await start(Number(port));
});
console.log(port);
`;
const server = spawn(process.execPath, ["--input-type=module", "-e", source], {
  stdio: ["ignore", "pipe", "inherit"],
});

try {
  const port = await new Promise((resolve) => {
    server.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
  });
  const rotate = [process.execPath, "bin/jean2.cjs", "token", "rotate", "--json"];
  rotate.push("--restart-command", "--", "/bin/sh", "-c", `kill -HUP ${server.pid}`);
  const steps = new Map();
  const run = () => {
    const start = performance.now();
    const [program, ...args] = rotate;
    const { stdout, status } = spawnSync(program, args, {
      encoding: "utf8",
      env: { ...env, JEAN2_HOST: "127.0.0.1", JEAN2_PORT: port },
    });
    const whole = performance.now() - start;
    const report = JSON.parse(stdout);
    if (status !== 0) throw new Error(stdout);
    for (const { name, ms } of report.steps) steps.set(name, [...(steps.get(name) ?? []), ms]);
    const own = report.steps.filter(({ name }) => name === "restart" || name === "wait");
    return whole - own.reduce((sum, { ms }) => sum + ms, 0);
  };
  const bare = () => time([process.execPath, "-e", "0"], { env });
  show("jean2 token rotate --restart, without it", compare(run, bare), "bare node", 10);
  const medians = [...steps].map(([name, all]) => [name, median(all)]);
  for (const [name, ms] of medians.toSorted(([, a], [, b]) => b - a)) {
    console.log(`  ${name.padEnd(8)} ${ms.toFixed(1)} ms`);
  }
} finally {
  server.kill();
  rmSync(home, { recursive: true, force: true });
}
