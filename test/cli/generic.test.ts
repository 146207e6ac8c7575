import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { keyA } from "../helpers/keys.js";
import { testCli } from "../helpers/run-cli.js";

const text = `AGENT_KEY=${keyA}\n`;
const own = ["--system", "generic", "--file", "agent.env", "--variable", "AGENT_KEY"];
const restart = ["--restart", "--restart-command", "--", "/bin/sh", "-c", "echo > restarted"];

function prepare() {
  const cli = testCli();
  const file = join(cli.cwd, "agent.env");
  writeFileSync(file, text, { mode: 0o600 });
  const run = (...argv: string[]) => cli.run("keyward", ...argv);
  return { cli, run, file };
}

/** A server that reads its key anew for each request, as one does that has just been restarted. */
async function listen(file: string): Promise<string> {
  const server = createServer((request, response) => {
    const key = /^AGENT_KEY=(.*)$/m.exec(readFileSync(file, "utf8"))?.[1];
    const isGood = request.headers.authorization === `Bearer ${key}`;
    if (request.url === "/validate" && isGood) {
      response.writeHead(200, { "content-type": "application/json" }).end('{"valid":true}');
    } else response.writeHead(request.url === "/validate" ? 401 : 200).end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a generic server that nothing is known of", () => {
  it.each([
    [["token", "rotate", ...own, ...restart], "its address is not known"],
    [["token", "rotate", ...own, "--path", "/validate", ...restart], "its address is not known"],
    [["token", "set", "--key-env", "NEW", ...own, ...restart], "its address is not known"],
    [["token", "rotate", ...own, "--leaked", ...restart], "its address is not known"],
    [["token", "rotate", ...own, "--dry-run", ...restart], "its address is not known"],
  ])("%j is refused before anything is written", async (argv, words) => {
    const { cli, file } = prepare();
    const asked = testCli({ home: cli.home, env: { NEW: keyA.toLowerCase() } });
    const { code, stdout, stderr } = await asked.run("keyward", ...argv);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain(`what a restart of the server does could not be proven: ${words}`);
    expect(stderr).toContain("keyward --system generic server add NAME --url URL --file agent.env");
    expect(stderr).not.toMatch(/restarting|:80\b/);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(cli.cwd)).toEqual(["agent.env"]);
  });

  it("with an address, and no endpoint to ask, it is refused too", async () => {
    const { cli, run, file } = prepare();
    const url = await listen(file);
    await run("server", "add", "lab", "--url", url, ...own);
    const { code, stderr } = await run("token", "rotate", "--server", "lab", ...restart);
    expect(code).toBe(3);
    expect(stderr).toContain("the endpoint that checks a key is not known");
    expect(stderr).toContain("--path /validate");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(cli.cwd)).not.toContain("restarted");
  });

  it("with both, the change is proven", async () => {
    const { run, file } = prepare();
    const url = await listen(file);
    await run("server", "add", "lab", "--url", url, ...own);
    const how = ["--path", "/validate", "--restart", "--restart-command", "--", "/bin/true"];
    const { code, stdout } = await run("token", "rotate", "--server", "lab", "--json", ...how);
    expect(JSON.parse(stdout)).toMatchObject({ status: "rotated" });
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain(keyA);
  });

  it("how it is asked means nothing without a restart", async () => {
    const { run, file } = prepare();
    const { code, stderr } = await run("token", "rotate", ...own, "--path", "/validate");
    expect(code).toBe(2);
    expect(stderr).toContain("--path, --transport and --accept-json are for --restart");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("is told of by another system that its way of asking is known", async () => {
    const { run } = prepare();
    const argv = ["--system", "jean2", "--path", "/x", "--restart"];
    const { code, stderr } = await run("token", "rotate", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain("Jean2's are known");
  });

  it.each([
    [["--system", "generic"], ""],
    [own, " --file agent.env --variable AGENT_KEY"],
  ])("doctor %j says what it did not ask", async (argv, place) => {
    const { run } = prepare();
    const { code, stdout } = await run("doctor", ...argv);
    expect(stdout).toContain(
      "was not asked who gets in: its address and its validate endpoint are",
    );
    expect(stdout).toContain(
      `ask it: keyward --system generic auth probe URL${place} --path PATH\n`,
    );
    expect(stdout).not.toMatch(/:80\b|nothing to fix/);
    expect(code).toBe(3);
  });

  it("doctor asks no endpoint of a named one that it does not know", async () => {
    const { run, file } = prepare();
    const url = await listen(file);
    await run("server", "add", "lab", "--url", url, ...own);
    const { code, stdout } = await run("doctor", "--server", "lab");
    expect(stdout).toContain("its validate endpoint is not known");
    expect(stdout).toContain("ask it: keyward auth probe --server lab --path PATH\n");
    expect(code).toBe(3);
  });

  it("auth probe wants its address", async () => {
    const { run } = prepare();
    const { code, stderr } = await run("auth", "probe", ...own, "--path", "/validate");
    expect(code).toBe(2);
    expect(stderr).toContain("the address of a generic server is not known");
  });

  it("auth probe tries the key of the file that is named", async () => {
    const { run, file } = prepare();
    const url = await listen(file);
    const { code, stdout } = await run(
      "auth",
      "probe",
      url,
      ...own,
      "--path",
      "/validate",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "enforced" });
    expect(code).toBe(0);
  });
});
