import * as fs from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { keyA, keyB } from "../helpers/keys.js";
import { startLive } from "../helpers/live-server.js";
import { temporaryFolder } from "../helpers/machine.js";
import { testCli } from "../helpers/run-cli.js";

// To the kernel users are only numbers: nobody has to create these.
const ALICE = 41_001;
const BOB = 41_002;

beforeAll(() => {
  if (process.getuid?.() !== 0) throw new Error("these tests need root");
});

/** Root's keyward, beside a process of Alice's and files that belong to somebody. */
function prepare(owner: number, files: Readonly<Record<string, string>>) {
  const cli = testCli();
  for (const [name, text] of Object.entries(files)) {
    const path = join(cli.home, name);
    fs.mkdirSync(join(path, ".."), { recursive: true });
    fs.writeFileSync(path, text, { mode: 0o600 });
    fs.chownSync(path, owner, owner);
  }
  const status = async (system: string) => {
    const { stdout } = await cli.run("keyward", "--system", system, "auth", "status", "--json");
    expect(stdout).not.toMatch(new RegExp(`${keyA}|${keyB}|${keyB.slice(0, 4)}…`));
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  return { cli, status };
}

describe("root, beside a server of another user", () => {
  it.each([
    ["compares the key where the file is that user's", ALICE, "different"],
    ["does not where it is another user's", BOB, "unseen"],
    ["does not where it is root's", 0, "unseen"],
  ])("%s", async (_, owner, key) => {
    const env = { OPENJARVIS_API_KEY: keyB };
    const { port, pid } = await startLive({ name: "jarvis", env, uid: ALICE });
    const config = `[server]\nport = ${port}\n[server.auth]\napi_key = "${keyA}"\n`;
    const { status } = prepare(owner, { ".openjarvis/config.toml": config });
    expect(await status("openjarvis")).toMatchObject({ live: { pid, key, shownBy: "command" } });
  });

  /** Alice's folder with a `.env`, her daemon in it, and Jean2's file of hers. */
  async function startIn(put: (path: string) => void) {
    const folder = temporaryFolder();
    put(join(folder, ".env"));
    fs.chownSync(folder, ALICE, ALICE);
    const { pid, port } = await startLive({ cwd: folder, uid: ALICE, host: "0.0.0.0" });
    const live = JSON.stringify({ pid, port, host: "0.0.0.0" });
    const own = `JEAN2_AUTH_TOKEN=${keyA}\n`;
    return prepare(ALICE, { ".jean2/.env": own, ".jean2/server.pid": live });
  }

  it("reads a plain file of hers in her folder, and shows only that the key is set", async () => {
    const { status, cli } = await startIn((path) => {
      fs.writeFileSync(path, `JEAN2_AUTH_TOKEN=${keyB}\n`);
      fs.chownSync(path, ALICE, ALICE);
    });
    expect(await status("jean2")).toMatchObject({
      authentication: "on",
      effective: { fingerprint: null, masked: "••••••••", strength: null },
    });
    const shown = await cli.run("jean2", "token", "show", "--reveal");
    expect([shown.code, shown.stdout]).toEqual([3, ""]);
    expect(shown.stderr).toContain("is another user's, and this is root");
  });

  it.each<[string, (path: string) => void]>([
    ["a link", (path) => fs.symlinkSync("/etc/passwd", path)],
    ["a file of root's", (path) => fs.writeFileSync(path, `JEAN2_AUTH_TOKEN=${keyB}\n`)],
    [
      "a file over 1 MiB",
      (path) => {
        fs.writeFileSync(path, "#".repeat((1 << 20) + 1));
        fs.chownSync(path, ALICE, ALICE);
      },
    ],
  ])("cannot tell by %s in her folder", async (_, put) => {
    const { status } = await startIn(put);
    expect(await status("jean2")).toMatchObject({ authentication: "unknown" });
  });
});
