import { describe, expect, it } from "vitest";

import { keyA } from "../../../helpers/keys.js";
import { rootedMachine } from "../../../helpers/rooted-fs.js";
import { testCli } from "../../../helpers/run-cli.js";

interface Told {
  readonly safe: boolean | null;
  readonly host: string | null;
  readonly place: string | null;
}

/** A unit of the user's own service manager. */
function install(name: string, ...lines: readonly string[]) {
  const machine = rootedMachine();
  const path = `${machine.home}/.config/systemd/user/${name}.service`;
  machine.put(path, ["[Service]", ...lines, ""].join("\n"));
  const cli = testCli(machine);
  const check = async (system: string) => {
    const { code, stdout } = await cli.run(
      "keyward",
      "--system",
      system,
      "auth",
      "check",
      "--json",
    );
    return { code, ...(JSON.parse(stdout) as Told) };
  };
  return { path, check };
}

describe("auth check, of a unit of the user's own", () => {
  it("cannot tell what PassEnvironment= takes over, be it the switch beside a good key", async () => {
    const { path, check } = install(
      "jean-server",
      "PassEnvironment=JEAN_NO_TOKEN",
      `Environment=JEAN_TOKEN=${keyA}`,
      "ExecStart=/usr/local/bin/jean --headless --host 0.0.0.0",
    );
    expect(await check("jean")).toMatchObject({ code: 3, safe: null, place: `${path}:2` });
  });

  it("answers for certain where nothing passes the switch on", async () => {
    const { check } = install("jean-server", "ExecStart=/usr/local/bin/jean --host 0.0.0.0");
    expect(await check("jean")).toMatchObject({ code: 1, safe: false });
  });

  it("reads one of OpenJarvis", async () => {
    const { check } = install("openjarvis", "ExecStart=/usr/bin/jarvis serve --host 0.0.0.0");
    expect(await check("openjarvis")).toMatchObject({ code: 1, safe: false, host: "0.0.0.0" });
  });

  it("cannot tell what a shell makes of it", async () => {
    const { path, check } = install("openjarvis", "ExecStart=/bin/sh -c 'jarvis serve $OPTS'");
    expect(await check("openjarvis")).toMatchObject({ code: 3, safe: null, place: `${path}:2` });
  });
});
