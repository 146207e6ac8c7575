import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readEnv } from "../../../../src/formats/env/env-file.js";
import { acquireLock } from "../../../../src/files/lock.js";
import { openStore } from "../../../../src/locations/open-store.js";
import type { EnvFileLocation } from "../../../../src/systems/contract/system.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { temporaryFolder, testMachine } from "../../../helpers/machine.js";

/** What the installer's own line makes of a file; an empty token counts as none for it. */
function askInstaller(file: string): string {
  const line = `existing="$(sed -n 's/^JEAN_TOKEN=//p' "$1" | head -n1 || true)"; printf %s "$existing"`;
  return execFileSync("bash", ["-c", line, "bash", file], { encoding: "utf8" });
}

const read = (text: string) => readEnv(Buffer.from(text), "JEAN_TOKEN", "jean-installer").value;

describe("the reader of Jean's installer", () => {
  it.each([
    [`JEAN_TOKEN=${keyA}\n`],
    [`JEAN_TOKEN=${keyA}`],
    [`JEAN_TOKEN=${keyA}\nJEAN_TOKEN=${keyB}\n`],
    [`JEAN_TOKEN="${keyA}"\n`],
    [`JEAN_TOKEN='${keyA}' # mine\n`],
    [` JEAN_TOKEN=${keyA}\nJEAN_TOKEN=${keyB}\n`],
    [`export JEAN_TOKEN=${keyA}\n`],
    [`# JEAN_TOKEN=${keyA}\n`],
    [`JEAN_TOKEN =${keyA}\n`],
    ["JEAN_TOKEN=a=b==\n"],
    ["JEAN_TOKEN=\nJEAN_TOKEN=late\n"],
    ["X='\nJEAN_TOKEN=inside\n'\n"],
    ["JEAN_TOKENS=x\n"],
    ["\uFEFFJEAN_TOKEN=x\n"],
    [""],
  ])("takes what sed takes from %j", (text) => {
    const file = join(temporaryFolder(), "env");
    writeFileSync(file, text);
    expect(read(text) ?? "").toBe(askInstaller(file));
  });

  it("leaves out the carriage return that it would write back", () => {
    expect(read(`JEAN_TOKEN=${keyA}\r\n`)).toBe(keyA);
  });
});

describe("a file with two readers", () => {
  const locate = (path: string): EnvFileLocation => ({
    kind: "env-file",
    path,
    variable: "JEAN_TOKEN",
    dialects: ["systemd"],
    heirs: ["jean-installer"],
    writable: true,
  });

  async function setKey(text: string) {
    const file = join(temporaryFolder(), "jean-server.env");
    writeFileSync(file, text, { mode: 0o600 });
    const store = await openStore(locate(file), testMachine());
    const before = store.read().value;
    const edit = store.edit(keyB);
    const lock = acquireLock(file, testMachine());
    store.write(edit, keyB, lock);
    lock.release();
    const after = readFileSync(file, "utf8");
    return {
      before,
      after,
      notes: edit.notes,
      value: store.read().value,
      inherited: askInstaller(file),
    };
  }

  it("goes by the service manager, and leaves one line for both", async () => {
    const found = await setKey(`JEAN_HOST=::1\nJEAN_TOKEN=first\n# x\nJEAN_TOKEN=${keyA}\n`);
    expect(found).toEqual({
      before: keyA,
      after: `JEAN_HOST=::1\n# JEAN_TOKEN=\n# x\nJEAN_TOKEN=${keyB}\n`,
      notes: ["line 2: another JEAN_TOKEN is commented out, without its value"],
      value: keyB,
      inherited: keyB,
    });
  });

  it.each([
    ["quotes", `JEAN_TOKEN="${keyA}"\n`, `JEAN_TOKEN=${keyB}\n`],
    ["an indented line", `  JEAN_TOKEN=${keyA}\n`, `JEAN_TOKEN=${keyB}\n`],
    ["CRLF", `A=1\r\nJEAN_TOKEN=${keyA}\r\n`, `A=1\r\nJEAN_TOKEN=${keyB}\r\n`],
  ])("writes past %s what both read", async (_, text, after) => {
    expect(await setKey(text)).toMatchObject({ before: keyA, after, value: keyB });
  });

  it("does not take the installer's word for the server's", async () => {
    const file = join(temporaryFolder(), "env");
    writeFileSync(file, "X='\nJEAN_TOKEN=inside\n'\n");
    expect((await openStore(locate(file), testMachine())).read().value).toBeNull();
    expect(askInstaller(file)).toBe("inside");
  });

  it("satisfies both, whatever lines stand around", async () => {
    const line = fc.oneof(
      fc.constantFrom("# comment", "", "JEAN_HOST=::1", " JEAN_TOKEN=a", 'JEAN_TOKEN="b"', "; c"),
      fc.stringMatching(/^[A-Z]{1,3}=[a-z0-9 ]{0,6}$/),
      fc.stringMatching(/^JEAN_TOKEN=[a-z0-9]{0,6}$/),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const found = await setKey(lines.join("\n"));
        expect(found).toMatchObject({ value: keyB, inherited: keyB });
      }),
      { numRuns: 25 },
    );
  });
});
