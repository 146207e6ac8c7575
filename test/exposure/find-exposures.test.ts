import { describe, expect, it } from "vitest";

import { findExposures } from "../../src/exposure/find-exposures.js";
import { keyA } from "../helpers/keys.js";
import { type RootedMachine, rootedMachine } from "../helpers/rooted-fs.js";
import { startNamed } from "../helpers/named-program.js";
import { testCli } from "../helpers/run-cli.js";

// Real processes under the names of the real programs: what is looked at is what the kernel shows.

// No other program of this machine leads there.
const port = 38_742;

function found(machine: RootedMachine) {
  return findExposures(machine, port).found;
}

describe.runIf(process.platform === "linux")("findExposures", () => {
  it("finds nothing where nothing is, and says what it has not looked at", () => {
    const { found: exposures, unseen } = findExposures(rootedMachine(), port);
    expect(exposures).toEqual([]);
    expect(unseen).toContain("other network namespaces");
  });

  it("finds a tunnel by its words, and tells none of them", async () => {
    const pid = await startNamed(
      "cloudflared",
      "tunnel",
      "--url",
      `http://localhost:${port}`,
      "--token",
      keyA,
    );
    const exposures = found(rootedMachine());
    expect(exposures).toEqual([
      { by: "cloudflared", place: `process ${pid}`, authenticates: false },
    ]);
    expect(JSON.stringify(exposures)).not.toContain(keyA);
  });

  it("names a tunnel whose words do not say where it leads", async () => {
    const pid = await startNamed("cloudflared", "tunnel", "run", "--token", keyA);
    const { found: exposures, unseen } = findExposures(rootedMachine(), port);
    expect(exposures).toEqual([]);
    expect(unseen).toContain(`where cloudflared leads (process ${pid})`);
    expect(unseen.join()).not.toContain(keyA);
  });

  const site = (...lines: string[]) =>
    `server {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
  const pass = `location / { }\n  proxy_pass http://127.0.0.1:${port};`;

  it.each([
    ["passes it on", site("listen 80;", pass), { line: 4, authenticates: false }],
    ["says nothing of where it listens", site(pass), { line: 3, authenticates: false }],
    [
      "has everybody log in",
      site("listen 443 ssl;", 'auth_basic "agents";', pass),
      { line: 5, authenticates: true },
    ],
    [
      "asks another service first",
      site("listen 443 ssl;", "auth_request /decide;", pass),
      { line: 5, authenticates: true },
    ],
    [
      "has the login switched off",
      site("auth_basic off;", pass),
      { line: 4, authenticates: false },
    ],
    ["listens on loopback alone", site("listen 127.0.0.1:80;", pass), null],
    ["passes another port on", site("listen 80;", "proxy_pass http://127.0.0.1:1;"), null],
  ])("reads what a running nginx %s", async (_, text, expected) => {
    await startNamed("nginx");
    const machine = rootedMachine();
    machine.put("/etc/nginx/sites-enabled/agents", text);
    expect(found(machine)).toEqual(
      expected === null
        ? []
        : [
            {
              by: "nginx",
              place: `/etc/nginx/sites-enabled/agents:${expected.line}`,
              authenticates: expected.authenticates,
            },
          ],
    );
  });

  it.each([
    [`agent.example {\n  reverse_proxy localhost:${port}\n}\n`, 2, false],
    [
      `agent.example {\n  basic_auth {\n    me HASH\n  }\n  reverse_proxy /x/* 127.0.0.1:${port}\n}\n`,
      5,
      true,
    ],
  ])("reads what a running Caddy passes on: %j", async (text, line, authenticates) => {
    await startNamed("caddy", "run");
    const machine = rootedMachine();
    machine.put("/etc/caddy/Caddyfile", text);
    expect(found(machine)).toEqual([
      { by: "Caddy", place: `/etc/caddy/Caddyfile:${line}`, authenticates },
    ]);
  });

  it("does not read the files of a proxy that does not run", () => {
    const machine = rootedMachine();
    machine.put("/etc/nginx/nginx.conf", site("listen 80;", pass));
    expect(found(machine)).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("auth check of loopback", () => {
  async function check(env: Record<string, string>, ...more: string[]) {
    const machine = rootedMachine();
    const cli = testCli({ ...machine, env: { ...machine.env, JEAN2_PORT: String(port), ...env } });
    const argv = ["--system", "jean2", "--launch", "foreground", "auth", "check"];
    return cli.run("keyward", ...argv, "--host", "127.0.0.1", ...more);
  }

  it("is safe where nothing passes it on, and says what was not looked at", async () => {
    const { code, stderr } = await check({});
    expect(stderr).toContain(`no tunnel or proxy before port ${port} was seen; not looked at: `);
    expect(code).toBe(0);
  });

  it("is unsafe behind a tunnel without a key", async () => {
    const pid = await startNamed("ngrok", "http", String(port));
    const { code, stdout } = await check({}, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      safe: false,
      keyConfigured: false,
      reason: {
        code: "loopback-passed-on",
        message: `127.0.0.1 is loopback, which only this machine reaches, but ngrok (process ${pid}) passes port ${port} on to others, and no key is configured`,
      },
      exposures: [{ by: "ngrok", place: `process ${pid}`, authenticates: false }],
    });
  });

  it("is safe behind a tunnel with a key, and nobody looks", async () => {
    await startNamed("ngrok", "http", String(port));
    const { code, stdout } = await check({ JEAN2_AUTH_TOKEN: keyA }, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ safe: true, exposures: [] });
  });
});
