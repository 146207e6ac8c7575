import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { runBuilt } from "../helpers/built.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";

async function start(env: Record<string, string>, ...argv: string[]) {
  const child = spawn(process.execPath, [resolve("bin", "keyward.cjs"), "serve", ...argv], {
    cwd: env["HOME"],
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: line.toString("utf8").trim() };
}

function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((done, fail) => {
    request(url, { headers }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on("error", fail)
      .end();
  });
}

describe("keyward serve", () => {
  it("asks for the key that the system would read, and ends well on Ctrl-C", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".jean2"));
    writeFileSync(join(home, ".jean2", ".env"), `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
    const { child, url } = await start({ HOME: home }, "--system", "jean2", "--port", "0");
    const verify = `${url}/api/auth/verify`;
    expect(await statusOf(verify)).toBe(401);
    expect(await statusOf(verify, { Authorization: `Bearer ${keyA}` })).toBe(200);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("speaks as OpenJarvis does", async () => {
    const env = { HOME: temporaryFolder(), OPENJARVIS_API_KEY: keyA };
    const { url } = await start(env, "--system", "openjarvis", "--port", "0");
    expect(await statusOf(`${url}/v1/info`)).toBe(401);
    expect(await statusOf(`${url}/v1/info`, { Authorization: `bearer ${keyA}` })).toBe(200);
  });

  it("speaks as Jean does, of today and of old", async () => {
    const env = { HOME: temporaryFolder(), JEAN_TOKEN: keyA };
    const { url } = await start(env, "--system", "jean", "--port", "0");
    expect(await statusOf(`${url}/api/auth`)).toBe(401);
    expect(await statusOf(`${url}/api/auth`, { Authorization: `bearer ${keyA}` })).toBe(200);
    const old = await start(env, "--system", "jean", "--port", "0", "--release", "old");
    expect(await statusOf(`${old.url}/api/auth`, { Authorization: `bearer ${keyA}` })).toBe(401);
    expect(await statusOf(`${old.url}/api/auth?token=${keyA}`)).toBe(200);
  });

  it("asks for a token that nobody knows where Jean would, and for none where that is off", async () => {
    const env = { HOME: temporaryFolder() };
    const { url } = await start(env, "--system", "jean", "--port", "0");
    expect(await statusOf(`${url}/api/auth`)).toBe(401);
    const off = await start({ ...env, JEAN_NO_TOKEN: "1" }, "--system", "jean", "--port", "0");
    expect(await statusOf(`${off.url}/api/auth`)).toBe(200);
  });

  it("speaks as HAIP does, in each of its layers", async () => {
    const env = { HOME: temporaryFolder(), JWT_SECRET: keyA };
    for (const [release, status] of [
      ["documented", 401],
      ["old", 401],
      ["current", 200],
    ] as const) {
      const argv = ["--system", "haip", "--port", "0", "--release", release];
      const { url } = await start(env, ...argv);
      expect(await statusOf(`${url}/haip/sse`)).toBe(status);
    }
  });

  it("refuses to listen where anybody could come in", async () => {
    const env = { HOME: temporaryFolder() };
    const argv = ["serve", "--system", "jean2", "--host", "0.0.0.0", "--port", "0"];
    const { code, stdout, stderr } = await runBuilt("keyward", argv, { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("no key is configured");
  });

  it("says when its port is taken", async () => {
    const env = { HOME: temporaryFolder() };
    const { url } = await start(env, "--system", "jean2", "--port", "0");
    const argv = ["serve", "--system", "jean2", "--port", new URL(url).port];
    const { code, stderr } = await runBuilt("keyward", argv, { env });
    expect(code).toBe(3);
    expect(stderr).toContain("something listens on 127.0.0.1 port");
  });

  it.each([
    [["--port", "99999"], "--port takes a number"],
    [["--port", "x"], "--port takes a number"],
    [["--port="], "--port takes a number"],
    [["--host="], "every network interface"],
    [["--release", "old"], "there is no release old of Jean2"],
    [["--system", "openjarvis", "--release", "old"], "one of: 1.0.2, 1.0.3, current"],
    [["--system", "generic"], "there is no reference server of a generic system"],
    [["--system", "jean", "--release", "1.0.3"], "there is no release 1.0.3 of Jean"],
  ])("refuses %j", async (options, words) => {
    const argv = ["serve", "--system", "jean2", ...options];
    const { code, stderr } = await runBuilt("keyward", argv, { env: { HOME: temporaryFolder() } });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(words);
  });
});
