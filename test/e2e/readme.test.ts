import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text as readText } from "node:stream/consumers";

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import {
  createReferenceServer,
  type ReferenceServer,
} from "../../src/reference-server/reference.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { normalise, readBlocks, readCommands } from "../helpers/readme.js";
import { startJean2 } from "../helpers/stand-in-jean2.js";

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

  // The server is in this process, so the wait must not block it.
  const run = async (line: string, at = home, more: Record<string, string> = {}) => {
    const path = `${join(home, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;
    const child = spawn("/bin/sh", ["-c", `{ ${line}\n} 2>&1`], {
      cwd: at,
      env: { HOME: at, PATH: path, JEAN2_PORT: `${port}`, ...more },
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const output = await readText(child.stdout);
    return { status: child.exitCode ?? (await once(child, "exit"))[0], output };
  };

  /** Another home, with a Jean2 that can be restarted. */
  const prepareRestart = async () => {
    const at = temporaryFolder();
    mkdirSync(join(at, ".jean2"));
    writeFileSync(join(at, ".jean2", ".env"), `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
    await startJean2(at, join(at, ".local", "bin"));
    return at;
  };

  it.each(sessions.flatMap(readCommands).map((shown) => [shown.line, shown] as const))(
    "$ %s",
    async (line, { output, status }) => {
      // The reference server has one key; the commands before made another.
      const asksServer = /auth probe|doctor/.test(line);
      if (asksServer) writeFileSync(join(home, ".jean2", ".env"), `JEAN2_AUTH_TOKEN=${keyA}\n`);
      const at = line.includes("--restart") ? await prepareRestart() : home;
      const jean2 = { KEYWARD_JEAN2: join(at, ".local", "bin", "jean2") };
      const result = await run(line, at, at === home ? {} : jean2);
      expect(result).toMatchObject({ status });
      // A line `…` stands for lines that the README leaves out.
      const shown = normalise(output, at).split(/^…$/m).map(escapeForPattern);
      expect(normalise(result.output, at)).toMatch(new RegExp(`^${shown.join("[^]*")}$`));
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
      expect(existsSync(target) ? "" : target).toBe("");
    }
  });
});

function escapeForPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
