import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { editEnv, readEnv } from "../../../../src/formats/env/env-file.js";

const dialect = Number.parseInt(process.versions.node, 10) < 22 ? "node20" : "node22";
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyward-node-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What this very node makes of a file. */
function ask(bytes: Buffer): string | null {
  const path = join(folder, "file");
  writeFileSync(path, bytes);
  const code = "process.stdout.write(JSON.stringify(process.env.AGENT_KEY ?? null))";
  const { stdout } = spawnSync(process.execPath, [`--env-file=${path}`, "-e", code], {
    encoding: "utf8",
    env: {},
  });
  return JSON.parse(stdout) as string | null;
}

describe(`node --env-file, as ${dialect}`, () => {
  it.each([
    "AGENT_KEY=old\n",
    "PROXY= \nAGENT_KEY=old\n",
    "DEBUG\nAGENT_KEY=old\n",
    "  # c\nAGENT_KEY=old # c\n",
    'A="x\nAGENT_KEY=old\nB="y"\n',
    "\uFEFFAGENT_KEY=old\n",
    "export AGENT_KEY='o#d'\r\n",
    'AGENT_KEY="o\\nd" c\n',
    "AGENT_KEY=`o$d`\nAGENT_KEY=\n",
  ])("reads %j as we do", (text) => {
    const bytes = Buffer.from(text);
    expect(readEnv(bytes, "AGENT_KEY", dialect).value).toBe(ask(bytes));
  });

  it.each(["plain-Key_1", "a#b", "a$b", "a b", "a\\nb", "a=b=="])("gets %j as written", (key) => {
    const before = Buffer.from("A='1'\nexport AGENT_KEY=old\n\n# c\nB=2");
    const { after } = editEnv(before, "AGENT_KEY", key, [dialect]);
    expect(ask(after)).toBe(key);
  });
});
