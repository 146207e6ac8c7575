import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

import { runBuilt } from "../helpers/built.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { closeCode, openSocket } from "../helpers/site-client.js";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../helpers/certificates/${name}`, import.meta.url));
const certificate = fixture("loopback.crt.pem");
const privateKey = fixture("loopback.key.pem");

async function start(env: Record<string, string>, ...argv: string[]) {
  const child = spawn(process.execPath, [resolve("bin", "keyward.cjs"), "serve", ...argv], {
    cwd: env["HOME"],
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let notes = "";
  child.stderr.on("data", (chunk: Buffer) => (notes += chunk.toString("utf8")));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: line.toString("utf8").trim(), notes: () => notes };
}

/** A connection with a request that is not all there yet. */
async function beginRequest(url: string): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => {
    socket.write("GET /api/auth/verify HTTP/1.1\r\nHost: a\r\nAuthoriz", resolve);
  });
  return socket;
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

  it.each([
    ["its options", {}, ["--tls-cert", certificate, "--tls-key", privateKey]],
    [
      "Jean2's own variables",
      {
        JEAN2_TLS_ENABLED: "true",
        JEAN2_TLS_CERT_FILE: certificate,
        JEAN2_TLS_KEY_FILE: privateKey,
      },
      [],
    ],
  ])("speaks TLS by %s", async (_name, tls, options) => {
    const env = { HOME: temporaryFolder(), JEAN2_AUTH_TOKEN: keyA, ...tls };
    const { url } = await start(env, "--system", "jean2", "--port", "0", ...options);
    expect(url).toMatch(/^https:/);
    const ca = readFileSync(certificate);
    const status = await new Promise((resolve, reject) => {
      const path = `${url}/api/auth/verify?token=${keyA}`;
      https
        .get(path, { ca }, (response) => resolve(response.resume().statusCode))
        .on("error", reject);
    });
    expect(status).toBe(200);
  });

  it("finishes what is under way on Ctrl-C, and tells WebSockets", async () => {
    const env = { HOME: temporaryFolder(), JEAN2_AUTH_TOKEN: keyA };
    const { child, url, notes } = await start(env, "--system", "jean2", "--port", "0");
    const half = await beginRequest(url);
    const { socket } = await openSocket(`${url.replace("http", "ws")}/ws?token=${keyA}`);
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await closeCode(socket)).toBe(1001);
    await expect(statusOf(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    half.write(`ation: Bearer ${keyA}\r\n\r\n`);
    const [answer] = (await once(half, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(await ended).toEqual([0, null]);
    expect(notes()).toContain("accepted 2, refused 0, could not read 0");
    expect(notes()).not.toContain(keyA);
  });

  it("ends at once on a second Ctrl-C", async () => {
    const env = { HOME: temporaryFolder(), JEAN2_AUTH_TOKEN: keyA };
    const { child, url, notes } = await start(env, "--system", "jean2", "--port", "0");
    const half = await beginRequest(url);
    // Its bytes are there before anything that comes after them.
    expect(await statusOf(url)).toBe(200);
    const ended = once(child, "close");
    const cut = once(half, "close");
    child.kill("SIGINT");
    await expect.poll(notes).toContain("press Ctrl-C again to stop at once");
    child.kill("SIGINT");
    await cut;
    expect(await ended).toEqual([130, null]);
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

  it("refuses to speak TLS without a private key", async () => {
    const tls = { JEAN2_TLS_ENABLED: "true", JEAN2_TLS_CERT_FILE: certificate };
    const env = { HOME: temporaryFolder(), ...tls };
    const { code, stderr } = await runBuilt("keyward", ["serve", "--system", "jean2"], { env });
    expect(code).toBe(3);
    expect(stderr).toContain("Jean2 is to speak TLS, and no file of the private key is set");
  });

  it.each([
    [["--port", "99999"], "--port takes a number"],
    [["--port", "x"], "--port takes a number"],
    [["--port="], "--port takes a number"],
    [["--host="], "every network interface"],
    [["--release", "old"], "there is no release old of Jean2"],
    [["--system", "openjarvis", "--release", "old"], "one of: 1.0.2, 1.0.3, current"],
    [["--tls-cert", certificate], "--tls-cert and --tls-key go together"],
    [
      ["--tls-cert", certificate, "--tls-key", "none.pem"],
      "cannot read the TLS file /none.pem: there is no such file",
    ],
    [["--tls-cert", privateKey, "--tls-key", privateKey], "private key do not fit"],
    [["--system", "generic"], "there is no reference server of a generic system"],
    [["--system", "jean", "--release", "1.0.3"], "there is no release 1.0.3 of Jean"],
  ])("refuses %j", async (options, words) => {
    const argv = ["serve", "--system", "jean2", ...options];
    const { code, stderr } = await runBuilt("keyward", argv, { env: { HOME: temporaryFolder() } });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(words);
  });
});
