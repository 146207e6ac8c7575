import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { describe, expect, it, onTestFinished } from "vitest";

import { binOf, installCopy, linkBins } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";
import { killSession } from "../helpers/processes.js";
import { putStandIn, readStandIn } from "../helpers/stand-in.js";

const node = path.dirname(process.execPath);

function environment(folders: readonly string[], more: Record<string, string> = {}) {
  return { PATH: [...folders, node, "/usr/bin", "/bin"].join(":"), HOME: "/nowhere", ...more };
}

function run(
  file: string,
  args: readonly string[],
  options: { path?: readonly string[]; env?: Record<string, string>; input?: string } = {},
) {
  const { status, signal, stdout, stderr } = spawnSync(file, args, {
    env: environment(options.path ?? [], options.env),
    input: options.input ?? "",
    encoding: "utf8",
    cwd: temporaryFolder(),
  });
  return { status, signal, stdout, stderr };
}

describe.each(["jean2", "jarvis"] as const)("%s", (name) => {
  it("hands on arguments, streams and exit status as they are", () => {
    const real = temporaryFolder();
    putStandIn(real, name);
    const argv = [
      "start",
      "",
      " ",
      "two\nlines",
      "--json",
      "--",
      "-",
      "é漢🔑",
      "$HOME",
      "*",
      "a'b\"c\\",
    ];

    const result = run(binOf(name), argv, { path: [real], input: "one\n\u0000two" });

    expect(result).toEqual({ status: 42, signal: null, stdout: "out\n", stderr: "err\n" });
    expect(readStandIn(real, name)).toEqual({
      argv,
      hops: "1",
      stdin: "one\n\u0000two",
      terminal: [false, false, false],
    });
  });

  it.each([[[]], [["--help"]], [["--version"]], [["-h"]], [["Auth"]], [["--", "auth"]]])(
    "hands on %j when there is a real one",
    (argv) => {
      const real = temporaryFolder();
      putStandIn(real, name);
      expect(run(binOf(name), argv, { path: [real] }).status).toBe(42);
      expect(readStandIn(real, name)?.argv).toEqual(argv);
    },
  );

  it.each([[["auth", "no-such-word"]], [["token", "no-such-word"]]])(
    "never hands on %j",
    (argv) => {
      const real = temporaryFolder();
      putStandIn(real, name);
      const result = run(binOf(name), argv, { path: [real] });
      expect(result.status).toBe(2);
      expect(result.stdout).toBe("");
      expect(readStandIn(real, name)).toBeNull();
    },
  );

  it("says in one line that there is no other one", () => {
    expect(run(binOf(name), ["start"])).toEqual({
      status: 3,
      signal: null,
      stdout: "",
      stderr: `${name}: there is no other ${name} on the PATH to run start\n`,
    });
  });

  it("takes the one that its variable names, whatever the PATH says", () => {
    const [onPath, named] = [temporaryFolder(), temporaryFolder()];
    putStandIn(onPath, name);
    const variable = `KEYWARD_${name.toUpperCase()}`;
    const env = { [variable]: putStandIn(named, name) };

    expect(run(binOf(name), ["start"], { path: [onPath], env }).status).toBe(42);
    expect(readStandIn(onPath, name)).toBeNull();
    expect(readStandIn(named, name)?.argv).toEqual(["start"]);
  });

  it("refuses a variable that names keyward itself", () => {
    const real = temporaryFolder();
    putStandIn(real, name);
    const variable = `KEYWARD_${name.toUpperCase()}`;
    const link = path.join(linkBins(path.join(temporaryFolder(), "bin")), name);

    expect(run(binOf(name), ["start"], { path: [real], env: { [variable]: link } })).toEqual({
      status: 3,
      signal: null,
      stdout: "",
      stderr:
        `${name}: ${variable} is ${link}, which is keyward itself\n` +
        `${name}: hint: set ${variable} to the absolute path of the real ${name}, or unset it\n`,
    });
    expect(readStandIn(real, name)).toBeNull();
  });
});

describe("copies of keyward before each other", () => {
  it("two installations, a symlink and a shell shim are all passed over, in one step", () => {
    const root = temporaryFolder();
    const [one, two] = [installCopy(`${root}/one`), installCopy(`${root}/two`)];
    fs.mkdirSync(`${root}/links`);
    fs.symlinkSync(path.join(two, "jean2"), `${root}/links/jean2`);
    fs.mkdirSync(`${root}/shims`);
    fs.writeFileSync(
      `${root}/shims/jean2`,
      `#!/bin/sh\nexec node "${root}/one/lib/node_modules/keyward/bin/jean2.cjs" "$@"\n`,
      { mode: 0o755 },
    );
    putStandIn(`${root}/real`, "jean2");
    const search = [`${root}/shims`, `${root}/links`, one, two, `${root}/real`];

    for (const first of search.slice(0, -1)) {
      const result = run(path.join(first, "jean2"), ["start"], { path: search });
      expect(result).toMatchObject({ status: 42, stderr: "err\n" });
      expect(readStandIn(`${root}/real`, "jean2")?.hops).toBe("1");
    }
  });

  it("two that are alone end at once, with the line that there is no other", () => {
    const root = temporaryFolder();
    const search = [installCopy(`${root}/one`), installCopy(`${root}/two`)];
    for (const folder of search) {
      expect(run(path.join(folder, "jean2"), ["start"], { path: search })).toMatchObject({
        status: 3,
        stderr: "jean2: there is no other jean2 on the PATH to run start\n",
      });
    }
  });

  it("a wrapper that leads back here ends with one clear line", () => {
    const wrapper = path.join(temporaryFolder(), "jean2");
    fs.writeFileSync(wrapper, `#!/bin/sh\nexec ${binOf("jean2")} "$@"\n`, { mode: 0o755 });

    expect(run(binOf("jean2"), ["start"], { path: [path.dirname(wrapper)] })).toEqual({
      status: 3,
      signal: null,
      stdout: "",
      stderr:
        `jean2: ${wrapper} starts keyward again and again\n` +
        "jean2: hint: set KEYWARD_JEAN2 to the absolute path of the real jean2\n",
    });
  });
});

describe("programs of every kind", () => {
  it("a script without a first line is run as a shell would", () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "jean2"), 'echo "shell $1"; exit 5\n', { mode: 0o755 });
    expect(run(binOf("jean2"), ["a b"], { path: [folder] })).toMatchObject({
      status: 5,
      stdout: "shell a b\n",
    });
  });

  it("a script whose interpreter is missing is an error that says so", () => {
    const file = path.join(temporaryFolder(), "jean2");
    fs.writeFileSync(file, "#!/no/such/interpreter\n", { mode: 0o755 });
    expect(run(binOf("jean2"), ["start"], { path: [path.dirname(file)] })).toEqual({
      status: 3,
      signal: null,
      stdout: "",
      stderr:
        `jean2: ${file} cannot be started: ENOENT\n` +
        "jean2: hint: see whether the interpreter in its first line exists\n",
    });
  });

  it("is reached from a working folder that is gone", () => {
    const [real, gone] = [temporaryFolder(), temporaryFolder()];
    fs.writeFileSync(path.join(real, "jean2"), "#!/bin/sh\necho through\n", { mode: 0o755 });
    const command = `cd '${gone}' && rmdir '${gone}' && '${binOf("jean2")}' start`;
    expect(run("bash", ["-c", command], { path: [real] })).toMatchObject({
      status: 0,
      stdout: "through\n",
    });
  });

  it("a process substitution of the shell reaches it", () => {
    const folder = linkBins(path.join(temporaryFolder(), "bin"));
    const real = temporaryFolder();
    fs.writeFileSync(path.join(real, "jean2"), '#!/bin/sh\ncat "$1"\n', { mode: 0o755 });
    const result = run("bash", ["-c", "jean2 <(echo through)"], { path: [folder, real] });
    expect(result).toMatchObject({ status: 0, stdout: "through\n", stderr: "" });
  });
});

describe("signals", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGXFSZ", "SIGSEGV"])(
    "a program that %s ends is seen to end so",
    (signal) => {
      const real = temporaryFolder();
      putStandIn(real, "jean2");
      expect(run(binOf("jean2"), ["die", signal], { path: [real] })).toMatchObject({
        status: null,
        signal,
        stderr: "",
      });
    },
  );

  it("those sent to the process id reach the program, once each, and its status comes back", async () => {
    const real = temporaryFolder();
    putStandIn(real, "jean2");
    // A session of its own, as under cron or a service manager: no terminal sends anything.
    const front = spawn(binOf("jean2"), ["listen", "9"], {
      env: environment([real]),
      cwd: real,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => killSession(front.pid!));
    const lines = createInterface(front.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(new RegExp(`^ready \\d+ ${front.pid}$`, "u"));
    const signals = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
    for (const signal of [...signals, ...signals]) {
      front.kill(signal);
      expect((await lines.next()).value).toBe(`got ${signal}`);
    }
    front.kill("SIGTERM");
    expect((await lines.next()).value).toBe("got SIGTERM");
    expect(await once(front, "exit")).toEqual([9, null]);
  });
});
