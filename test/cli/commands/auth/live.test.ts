import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA, keyB } from "../../../helpers/keys.js";
import { type LiveOptions, startLive } from "../../../helpers/live-server.js";
import { temporaryFolder } from "../../../helpers/machine.js";
import { testCli } from "../../../helpers/run-cli.js";

/** An OpenJarvis with a key in its file and this host, and a process that listens on its port. */
async function prepare(
  started: LiveOptions,
  config = `host = "127.0.0.1"`,
  key: string | null = keyA,
) {
  const { pid, port } = await startLive({ name: "jarvis", ...started });
  const home = temporaryFolder();
  const cli = testCli({ home, env: { PATH: "/no/such/folder" } });
  const file = join(home, ".openjarvis", "config.toml");
  mkdirSync(join(home, ".openjarvis"), { mode: 0o700 });
  const auth = key === null ? "" : `[server.auth]\napi_key = "${key}"\n`;
  writeFileSync(file, `[server]\n${config}\nport = ${port}\n${auth}`, { mode: 0o600 });
  const run = async (...argv: string[]) => {
    const result = await cli.run("jarvis", ...argv);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return result;
  };
  const ask = async (...argv: string[]) => {
    const { code, stdout } = await run(...argv, "--json");
    return { code, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  const doctor = async () => {
    const { code, stdout } = await cli.run("keyward", "--system", "openjarvis", "doctor", "--json");
    expect(stdout).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return { code, json: JSON.parse(stdout) as { findings: { id: string; message: string }[] } };
  };
  return { run, ask, doctor, file, pid, port };
}

describe.runIf(process.platform === "linux")(
  "a running server with another key than its file",
  () => {
    it("is named by status, check and doctor, with its process", async () => {
      const env = { OPENJARVIS_API_KEY: keyB };
      const { run, ask, doctor, file, pid, port } = await prepare({ env });
      const message = `the running server (process ${pid}) has another key than ${file}: restart it`;
      const fix = "restart it as it was started, then: jarvis auth probe";
      const live = {
        pid,
        port,
        addresses: ["127.0.0.1"],
        shownBy: "command",
        key: "different",
        unseen: null,
      };
      const finding = { id: "stale-server", severity: "warning", message, fix, location: file };
      const status = await ask("auth", "status");
      expect(status).toMatchObject({ code: 0, json: { authentication: "on", live } });
      expect(status.json["findings"]).toContainEqual(finding);
      const check = await ask("auth", "check");
      expect(check).toMatchObject({ code: 0, json: { safe: true, live, findings: [finding] } });
      const { stdout } = await run("auth", "status");
      expect(stdout).toContain(
        `running: process ${pid} listens on 127.0.0.1, port ${port}, started with another key\n`,
      );
      expect(stdout).toContain(message);
      const { stderr } = await run("auth", "check");
      expect(stderr).toContain(`jarvis: warning: ${message}\njarvis: hint: ${fix}\n`);
      const found = await doctor();
      expect(found).toMatchObject({ code: 1, json: { systems: [{ live }] } });
      expect(found.json.findings.map(({ message: each }) => each)).toContain(message);
    });

    it("is no finding where the key is the same, or where it has none to compare", async () => {
      for (const [env, key] of [
        [{ OPENJARVIS_API_KEY: keyA }, "same"],
        [{}, "absent"],
        [{ OPENJARVIS_API_KEY: "" }, "empty"],
      ] as const) {
        const { ask } = await prepare({ env });
        const { json } = await ask("auth", "status");
        expect(json).toMatchObject({ live: { key } });
        expect(JSON.stringify(json)).not.toContain("stale-server");
      }
    });

    it("is said to have a key that no file has", async () => {
      const { ask, pid } = await prepare({ env: { OPENJARVIS_API_KEY: keyB } }, "", null);
      const { json } = await ask("auth", "status");
      const message = `the running server (process ${pid}) has a key in its OPENJARVIS_API_KEY, and what OpenJarvis would read has none: it is gone with the next restart`;
      expect(json["findings"]).toContainEqual(
        expect.objectContaining({ id: "stale-server", message }) as object,
      );
    });

    it("is not looked for where the host is named, or another command is run", async () => {
      const { ask, run } = await prepare({ env: { OPENJARVIS_API_KEY: keyB } });
      const { json } = await ask("auth", "check", "--host", "0.0.0.0");
      expect(json).toMatchObject({ safe: true, live: null, findings: [] });
      expect((await run("token", "show")).stderr).toBe("");
    });
  },
);

describe.runIf(process.platform === "linux")(
  "a server that listens elsewhere than its file says",
  () => {
    it("is judged by where it listens", async () => {
      const args = ["serve", "--host", "0.0.0.0"];
      const { run, ask, doctor, pid, port } = await prepare(
        { host: "0.0.0.0", args },
        undefined,
        null,
      );
      const check = await ask("auth", "check");
      expect(check).toMatchObject({
        code: 1,
        json: { host: "0.0.0.0", safe: false, keyConfigured: false },
      });
      const { stderr } = await run("auth", "check");
      expect(stderr).toContain(`OpenJarvis listens on 0.0.0.0, by process ${pid}\n`);
      const { json } = await doctor();
      const elsewhere = `the running server (process ${pid}) listens on 0.0.0.0, port ${port}, by its --host; its files say 127.0.0.1, by `;
      expect(json.findings).toContainEqual(
        expect.objectContaining({
          id: "listens-elsewhere",
          severity: "info",
          message: expect.stringContaining(elsewhere) as string,
        }) as object,
      );
      expect(json.findings.map(({ id }) => id)).toContain("unsafe-bind");
    });

    it.each(["127.0.0.1", "localhost"])(
      "is not told of where it does as it should: %s",
      async (host) => {
        const { ask } = await prepare({}, `host = "${host}"`);
        expect(JSON.stringify(await ask("auth", "status"))).not.toContain("listens-elsewhere");
      },
    );

    it("is only a remark where it may be another program", async () => {
      const { ask, run, pid } = await prepare({ name: "other", host: "0.0.0.0" }, undefined, null);
      expect(await ask("auth", "check")).toMatchObject({
        code: 0,
        json: { host: "127.0.0.1", live: { pid, shownBy: null } },
      });
      const { stdout } = await run("auth", "status");
      expect(stdout).toContain("; whether it is this server cannot be told\n");
    });
  },
);
