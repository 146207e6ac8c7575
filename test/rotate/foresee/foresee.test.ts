import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { FileSystem } from "../../../src/core/machine.js";
import { foreseeRestart } from "../../../src/rotate/foresee/foresee.js";
import { jean } from "../../../src/systems/jean/jean.js";
import { openjarvis } from "../../../src/systems/openjarvis/openjarvis.js";
import { type LiveOptions, startLive } from "../../helpers/live-server.js";
import { keyA } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";

interface Setting {
  /** How the server was started. */
  readonly live?: LiveOptions;
  /** What its settings say; the port that it has where absent. */
  readonly host?: string;
  readonly port?: number;
  /** The environment of the restart. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the pid file says; the server where absent. */
  readonly pid?: number;
  readonly url?: (port: number) => string;
}

/** An OpenJarvis that runs, by its pid file, and its restart as it is foreseen. */
async function foresee({ live, host = "127.0.0.1", env = {}, url, ...rest }: Setting) {
  const machine = testMachine({ env });
  const server = await startLive(live);
  const folder = join(machine.home, ".openjarvis");
  const configFile = join(folder, "config.toml");
  mkdirSync(folder);
  const port = rest.port ?? server.port;
  writeFileSync(configFile, `[server]\nhost = "${host}"\nport = ${port}\n`);
  const pidFile = join(folder, "server.pid");
  writeFileSync(pidFile, String(rest.pid ?? server.pid));
  const plan = openjarvis.restart(machine, "foreground");
  if (plan === null) throw new Error("there is a plan");
  const asked = url?.(server.port) ?? `http://127.0.0.1:${server.port}`;
  const work = foreseeRestart({
    system: openjarvis,
    machine,
    launch: "foreground",
    url: asked,
    plan,
  });
  return { work, server, configFile, pidFile };
}

const like = (words: string | RegExp) => ({
  code: "unprovable",
  message: expect.stringMatching(words) as string,
});

describe.runIf(process.platform === "linux")("a restart", () => {
  it.each<[string, Setting]>([
    ["of a server that its settings describe", {}],
    ["of one that listens everywhere, as they say", { live: { host: "0.0.0.0" }, host: "0.0.0.0" }],
    ["of one whose name is not known to keyward", { host: "lab.example" }],
    ["of a server on another machine", { url: () => "http://192.0.2.1:8000", port: 1 }],
    ["where nobody listens", { url: () => "http://127.0.0.1:1", port: 2 }],
    ["with a variable that the server does not read", { live: { env: { EDITOR: "vi" } } }],
    [
      "with the variables that the server has",
      { live: { env: { OPENAI_API_KEY: "k" } }, env: { OPENAI_API_KEY: "k" } },
    ],
    ["without the key's own variable", { live: { env: { OPENJARVIS_API_KEY: keyA } } }],
    ["with a variable more", { env: { OPENAI_API_KEY: "k" } }],
  ])("%s is let through", async (_, setting) => {
    await expect((await foresee(setting)).work).resolves.toBeUndefined();
  });

  it.each<[string, Setting, string | RegExp, string | RegExp]>([
    [
      "to another port",
      { port: 8000 },
      /^a restart would bring OpenJarvis back on 127\.0\.0\.1:8000, by .*config\.toml, and it listens on 127\.0\.0\.1:\d+ now$/,
      /^restart it as it runs now: keyward token rotate --restart-command -- sh -c 'jarvis stop; jarvis start --host 127\.0\.0\.1 --port \d+'; or if it is to be as its settings say, restart it first: jarvis restart$/,
    ],
    [
      "that would listen on more",
      { host: "0.0.0.0" },
      /back on 0\.0\.0\.0:\d+, by .*, and it listens on 127\.0\.0\.1:\d+ now$/,
      "jarvis start --host 127.0.0.1",
    ],
    [
      "that would listen on less",
      { live: { host: "0.0.0.0" } },
      /back on 127\.0\.0\.1:\d+, by .*, and it listens on 0\.0\.0\.0:\d+ now$/,
      "jarvis start --host 0.0.0.0",
    ],
    [
      "onto what is not a host",
      { host: "999.1.1.1" },
      "a restart would end OpenJarvis: it does not start on 999.1.1.1",
      "correct the host in ",
    ],
    [
      "that forgets options",
      { live: { args: ["serve", "--model", "llama 3", "--agent=x", "--verbose"], cwd: "/usr" } },
      "OpenJarvis was started with --model and --agent, and a restart forgets them",
      "sh -c 'cd /usr; jarvis stop; jarvis start ",
    ],
    [
      "without a variable that the server has",
      { live: { env: { OPENAI_API_KEY: keyA, OLLAMA_HOST: "a" } }, env: { OLLAMA_HOST: "b" } },
      "OLLAMA_HOST and OPENAI_API_KEY are not the same here",
      "run it where they are set as OpenJarvis has them",
    ],
    [
      "with a variable that chooses its files",
      { env: { OPENJARVIS_CONFIG: "/x" } },
      "OPENJARVIS_CONFIG is not the same here",
      "run it where it is set as OpenJarvis has it",
    ],
  ])("%s is refused", async (_, setting, message, hint) => {
    const { work } = await foresee(setting);
    const refusal = await work.then(
      () => expect.unreachable("it is refused"),
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({
      ...like(message),
      hint: expect.stringMatching(hint) as string,
    });
    expect(JSON.stringify(refusal)).not.toContain(keyA);
  });

  it("shows no option that may hold a key", async () => {
    const { work } = await foresee({ live: { args: ["--model", keyA] } });
    await expect(work).rejects.toMatchObject({
      hint: expect.stringContaining("--model VALUE") as string,
    });
  });

  it("that would end another process is refused", async () => {
    const other = await startLive();
    const { work, server, pidFile } = await foresee({ pid: other.pid });
    await expect(work).rejects.toMatchObject(
      like(
        `process ${server.pid}, which listens on port ${server.port}, is not process ${other.pid} of ${pidFile}`,
      ),
    );
  });
});

describe.runIf(process.platform === "linux")("a restart of a unit", () => {
  /** The kernel's word on which unit a process belongs to. */
  async function foreseeUnit(group: (pid: number) => string | null) {
    const bare = testMachine();
    const server = await startLive();
    const fs: FileSystem = {
      ...bare.fs,
      readFileSync: ((path: string, ...rest: never[]) => {
        if (path === `/proc/${server.pid}/cgroup`) return `0::${group(server.pid) ?? "/"}\n`;
        return readFileSync(path, ...rest);
      }) as typeof readFileSync,
    };
    const machine = { ...bare, fs, env: { ...bare.env, JEAN_PORT: String(server.port) } };
    const plan = {
      program: "systemctl",
      args: ["--user", "restart", "jean-server.service"],
      needsRoot: false,
      knows: { args: ["is-active"], unit: "jean-server.service" },
      listens: "by-settings",
    } as const;
    const url = `http://127.0.0.1:${server.port}`;
    // Its settings are of no interest here: those of a shell.
    return foreseeRestart({ system: jean, machine, launch: "foreground", url, plan });
  }

  it.each([
    ["of the unit", "/system.slice/jean-server.service"],
    ["of its user's manager", "/user.slice/user@1.service/app.slice/jean-server.service"],
    ["of nothing that is told, as in a container", null],
  ])("whose process is one %s is let through", async (_, group) => {
    await expect(foreseeUnit(() => group)).resolves.toBeUndefined();
  });

  it("is refused where the process that listens was started by hand", async () => {
    const group = "/user.slice/user-1.slice/user@1.service/app.slice/terminal.scope";
    await expect(foreseeUnit(() => group)).rejects.toMatchObject(
      like("is not the one of jean-server.service: a restart would replace that one"),
    );
  });
});
