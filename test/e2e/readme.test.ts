import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createReferenceServer, type ReferenceServer } from "../../src/server/reference.js";
import { keyA } from "../helpers/keys.js";
import { normalise, readBlocks, readCommands } from "../helpers/readme.js";

const [tour = "", ...sessions] = readBlocks("console");

describe("the tour", () => {
  it("prints what the README shows, and leaves nothing behind", () => {
    const home = mkdtempSync(join(tmpdir(), "keyward-readme-"));
    try {
      const printed = execFileSync(process.execPath, ["scripts/tour.mjs"], {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: home, TMPDIR: home },
      });
      expect(normalise(printed, home)).toBe(normalise(tour, home));
      expect(execFileSync("ls", ["-A", home], { encoding: "utf8" })).toBe("");
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

/** One home for all, as for a reader who follows the README from top to bottom. */
describe("every command of the README", () => {
  const home = mkdtempSync(join(tmpdir(), "keyward-readme-"));
  let server: ReferenceServer;
  let port = 0;

  beforeAll(async () => {
    mkdirSync(join(home, "bin"));
    for (const name of ["keyward", "jarvis", "jean2"]) {
      symlinkSync(resolve("bin", `${name}.cjs`), join(home, "bin", name));
    }
    server = createReferenceServer({ system: "jean2", key: keyA, clock: Date });
    ({ port } = await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (line: string, input: Record<string, string> = {}) =>
    new Promise<{ status: number | null; output: string }>((done) => {
      const path = `${join(home, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;
      // The server is in this process, so the wait must not block it.
      void import("node:child_process").then(({ execFile }) => {
        const child = execFile(
          "/bin/sh",
          ["-c", `{ ${line}\n} 2>&1`],
          { cwd: home, env: { HOME: home, PATH: path, JEAN2_PORT: `${port}`, ...input } },
          (_, stdout) => done({ status: child.exitCode, output: stdout }),
        );
      });
    });

  it.each(sessions.flatMap(readCommands).map((shown) => [shown.line, shown] as const))(
    "$ %s",
    async (line, { output, status }) => {
      // The reference server has one key; the commands before made another.
      const isProbe = line.includes("auth probe");
      if (isProbe) writeFileSync(join(home, ".jean2", ".env"), `JEAN2_AUTH_TOKEN=${keyA}\n`);
      const result = await run(line);
      expect(result.status, result.output).toBe(status);
      // A line `…` stands for lines that the README leaves out.
      const shown = normalise(output, home).split(/^…$/m);
      const printed = normalise(result.output, home);
      if (shown.length === 1) expect(printed).toBe(shown[0]);
      else for (const part of shown) expect(printed).toContain(part.trim());
    },
  );
});

describe("the library's examples", () => {
  it.each(readBlocks("js").map((block, index) => [index + 1, block] as const))(
    "example %i runs",
    (index, block) => {
      // Inside the package its own name resolves to what is exported from it.
      const file = resolve("dist", `readme-${index}.mjs`);
      writeFileSync(file, block);
      const { status, stderr } = spawnSync(process.execPath, [file], {
        encoding: "utf8",
        env: { ...process.env, HOME: tmpdir() },
      });
      rmSync(file);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );
});

describe("the README", () => {
  it("links only to what is there", () => {
    const text = readFileSync("README.md", "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => execFileSync("ls", [target], { stdio: "pipe" }), target).not.toThrow();
    }
  });
});
