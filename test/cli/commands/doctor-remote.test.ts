import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA } from "../../helpers/keys.js";
import { testCli } from "../../helpers/run-cli.js";

describe("doctor, of a server on another machine", () => {
  async function prepare() {
    const cli = testCli();
    mkdirSync(join(cli.home, ".jean2"));
    const file = join(cli.home, ".jean2", ".env");
    writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
    const add = ["server", "add", "lab", "--system", "jean2", "--url", "https://lab.example"];
    expect((await cli.run("keyward", ...add)).code).toBe(0);
    return { cli, file };
  }

  it("claims nothing of this machine's files, and says that it did not ask", async () => {
    const { cli, file } = await prepare();
    const { code, stdout } = await cli.run("keyward", "doctor", "--server", "lab");
    expect(code).toBe(3);
    expect(stdout).toContain(
      "Jean2 at https://lab.example is on another machine, and was not asked",
    );
    expect(stdout).toContain("keyward auth probe --server lab");
    expect(stdout).not.toContain(file);
    expect(stdout).not.toContain("nothing to fix");
  });

  it("does not fail for it where every server is asked for", async () => {
    const { cli, file } = await prepare();
    const { stdout } = await cli.run("keyward", "doctor", "--json");
    const { systems, findings } = JSON.parse(stdout) as {
      systems: { servers: string[]; location: string | null }[];
      findings: { id: string; severity: string }[];
    };
    expect(systems).toMatchObject([
      { servers: ["lab"], location: null },
      { servers: [], location: file },
    ]);
    expect(findings).toContainEqual(
      expect.objectContaining({ id: "not-probed", severity: "info" }),
    );
  });
});
