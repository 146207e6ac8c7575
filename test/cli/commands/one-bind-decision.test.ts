import { describe, expect, it } from "vitest";

import { keyA } from "../../helpers/keys.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";
import { testCli } from "../../helpers/run-cli.js";

// Several commands ask whether a server may listen somewhere: they have to give one answer.

interface Server {
  readonly system: string;
  readonly env: Readonly<Record<string, string>>;
}

const program = "/bin/true";

async function ask({ system, env }: Server, host: string) {
  const machine = rootedMachine();
  const cli = testCli({ ...machine, env: { ...env, HOME: machine.home, PATH: "/usr/bin:/bin" } });
  const about = ["--system", system, "--launch", "foreground"];
  const check = await cli.run("keyward", ...about, "auth", "check", "--host", host);
  // It decides before it reads the certificate, which is not there.
  const tls = ["--tls-cert", "/nonexistent.crt", "--tls-key", "/nonexistent.key"];
  const serve = await cli.run("keyward", ...about, "serve", "--host", host, ...tls);
  const named = system === "jean2" ? "JEAN2_HOST" : "JEAN_HOST";
  const own = testCli({
    ...machine,
    env: { ...env, [named]: host, HOME: machine.home, PATH: "/usr/bin:/bin" },
  });
  const run = await own.run("keyward", ...about, "run", "--", program);
  const doctor = await own.run("keyward", ...about, "doctor", "--json");
  const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string }[] };
  return {
    check: check.code === 0,
    run: run.code !== 125,
    doctor: !findings.some(({ id }) => id === "unsafe-bind"),
    serve: serve.stderr.includes("/nonexistent.crt"),
  };
}

describe("whether a server may listen", () => {
  it.each<[string, Server, string, boolean]>([
    ["Jean2 without a key", { system: "jean2", env: {} }, "0.0.0.0", false],
    ["Jean2 with one", { system: "jean2", env: { JEAN2_AUTH_TOKEN: keyA } }, "0.0.0.0", true],
    ["Jean2 on loopback", { system: "jean2", env: {} }, "127.0.0.1", true],
    ["Jean, which then makes a key at each start", { system: "jean", env: {} }, "0.0.0.0", false],
    [
      "Jean with authentication off",
      { system: "jean", env: { JEAN_NO_TOKEN: "1" } },
      "0.0.0.0",
      false,
    ],
    [
      "Jean with authentication off, on loopback",
      { system: "jean", env: { JEAN_NO_TOKEN: "1" } },
      "127.0.0.1",
      true,
    ],
    ["Jean with a key", { system: "jean", env: { JEAN_TOKEN: keyA } }, "192.168.1.5", true],
  ])("is one answer of check, run, doctor and serve: %s", async (_, server, host, safe) => {
    const answers = await ask(server, host);
    expect(answers).toEqual({ check: safe, run: safe, doctor: safe, serve: safe });
  });
});
