import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  findHolders,
  listListenersOf,
  listensOn,
  listSocketsOf,
} from "../../src/processes/holders.js";
import {
  lookAtProcess,
  readFolder,
  readOwner,
  readProcess,
  readUnitName,
  sharesNamespaces,
} from "../../src/processes/process.js";
import { listListeners } from "../../src/processes/socket-table.js";
import { compareVariable, readVariable } from "../../src/processes/variable.js";
import { readRunning } from "../../src/processes/words.js";
import type { FileSystem } from "../../src/core/machine.js";
import { keyA, keyB } from "../helpers/keys.js";
import { startLive } from "../helpers/live-server.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";

/** The real file system, but for these texts and links of /proc; null for what cannot be read. */
function withProc(shown: Readonly<Record<string, string | (() => string) | null>>): FileSystem {
  const { fs } = testMachine();
  const answer = (path: string): string | null | undefined => {
    const text = shown[path.replace("/proc/", "")];
    return typeof text === "function" ? text() : text;
  };
  return new Proxy(fs, {
    get(target, name, receiver) {
      const real = Reflect.get(target, name, receiver) as (...args: unknown[]) => unknown;
      if (name !== "readFileSync" && name !== "readlinkSync" && name !== "readdirSync") return real;
      return (path: string, ...rest: unknown[]) => {
        const text = answer(path);
        if (text === undefined) return Reflect.apply(real, target, [path, ...rest]);
        if (text === null) throw Object.assign(new Error("hidden"), { code: "EACCES" });
        return text;
      };
    },
  });
}

describe.runIf(process.platform === "linux")("what the kernel tells of a process", () => {
  it("is its folder, owner, words and start, and one variable compared", async () => {
    const cwd = temporaryFolder();
    const env = { SOME_KEY: keyA, EMPTY: "" };
    const { pid } = await startLive({ cwd, env, args: ["--host", "0.0.0.0"] });
    const machine = testMachine();
    expect(readFolder(pid, machine)).toBe(cwd);
    expect(readOwner(pid, machine)).toBe(machine.user.uid);
    expect(sharesNamespaces(pid, machine)).toBe(true);
    expect(readRunning(pid, machine)?.args.slice(-2)).toEqual(["--host", "0.0.0.0"]);
    expect(readProcess(pid, machine)?.started).toMatch(/^\d+$/);
    const compare = (name: string, value: string | null) =>
      compareVariable(pid, name, value, machine);
    expect(compare("SOME_KEY", keyA)).toBe("same");
    expect(compare("SOME_KEY", keyB)).toBe("different");
    expect(compare("SOME_KEY", null)).toBe("different");
    expect(compare("EMPTY", keyA)).toBe("empty");
    expect(compare("SOME", keyA)).toBe("absent");
    expect(compare("NO_SUCH", keyA)).toBe("absent");
  });

  it("is nothing of one that is gone", async () => {
    const { pid, stop } = await startLive();
    await stop();
    const machine = testMachine();
    expect(readProcess(pid, machine)).toBeNull();
    expect(lookAtProcess(pid, machine, () => "seen")).toBeNull();
    expect(readFolder(pid, machine)).toBeNull();
    expect(listSocketsOf(pid, machine)).toBeNull();
    expect(readVariable(pid, "HOME", machine)).toBeUndefined();
    expect(compareVariable(pid, "HOME", keyA, machine)).toBe("unseen");
  });

  it("is no folder whose path leads elsewhere by now", async () => {
    const parent = temporaryFolder();
    const cwd = join(parent, "old");
    mkdirSync(cwd);
    const { pid } = await startLive({ cwd });
    const machine = testMachine();
    renameSync(cwd, join(parent, "new"));
    expect(readFolder(pid, machine)).toBe(join(parent, "new"));
    mkdirSync(cwd);
    const fs = withProc({ [`${pid}/cwd`]: cwd });
    expect(readFolder(pid, { ...machine, fs })).toBeNull();
  });

  it("is trimmed where the process itself trims", () => {
    const fs = withProc({ "4/environ": `A= ${keyA} \0B=\0C=  \0` });
    const machine = testMachine({ fs });
    expect(compareVariable(4, "A", keyA, machine)).toBe("different");
    expect(compareVariable(4, "A", keyA, machine, true)).toBe("same");
    expect(compareVariable(4, "C", keyA, machine)).toBe("different");
    expect(compareVariable(4, "C", keyA, machine, true)).toBe("empty");
  });
});

describe.runIf(process.platform === "linux")("a look at a process", () => {
  const stat = (started: number, state = "S") =>
    `7 (a) b (c) ${state} 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 ${started} 1 1`;

  it("counts for nothing where another process has the number afterwards", () => {
    const starts = [100, 200];
    const fs = withProc({ "7/stat": () => stat(starts.shift() ?? 0) });
    expect(lookAtProcess(7, testMachine({ fs }), () => "seen")).toBeNull();
  });

  it("counts where it is the same before and after", () => {
    const fs = withProc({ "7/stat": stat(100) });
    expect(lookAtProcess(7, testMachine({ fs }), () => "seen")).toBe("seen");
  });

  it("counts for nothing of one that only waits to be buried", () => {
    const fs = withProc({ "7/stat": stat(100, "Z") });
    expect(lookAtProcess(7, testMachine({ fs }), () => "seen")).toBeNull();
  });

  it.each([
    ["a container's files", { "7/ns/mnt": "mnt:[1]", "7/ns/net": "net:[2]" }, false],
    ["a network of its own", { "7/ns/mnt": "mnt:[9]", "7/ns/net": "net:[1]" }, false],
    ["what is ours", { "7/ns/mnt": "mnt:[9]", "7/ns/net": "net:[2]" }, true],
    ["what is not told", { "7/ns/mnt": null }, null],
  ])("knows %s by the namespaces", (_, links, answer) => {
    const own = { "self/ns/mnt": "mnt:[9]", "self/ns/net": "net:[2]" };
    const fs = withProc({ ...own, ...links });
    expect(sharesNamespaces(7, testMachine({ fs }))).toBe(answer);
  });

  it.each([
    ["0::/system.slice/openjarvis.service\n", "openjarvis.service"],
    ["1:cpu:/\n0::/system.slice/openjarvis.service/worker\n", "openjarvis.service"],
    ["3:cpu:/\n1:name=systemd:/system.slice/jean-server.service\n", "jean-server.service"],
    [
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jean-server.service\n",
      "jean-server.service",
    ],
    ["0::/user.slice/user-1000.slice/session-2.scope\n", null],
    ["2:memory:/system.slice/x.service\n0::/\n", null],
  ])("reads the unit from its control group: %j", (text, unit) => {
    const fs = withProc({ "7/cgroup": text });
    expect(readUnitName(7, testMachine({ fs }))).toBe(unit);
  });

  it("does not take one for a user's that is about to be another's", () => {
    const fs = withProc({ "7/status": "Name:\tx\nUid:\t1000\t0\t0\t0\n" });
    expect(readOwner(7, testMachine({ fs }))).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("who holds a listening socket", () => {
  it("is found by the kernel's number of it", async () => {
    const { pid, port } = await startLive();
    const machine = testMachine();
    const sockets = new Set(listListeners(machine, port)?.map(({ socket }) => socket));
    expect(sockets.size).toBe(1);
    expect(findHolders(sockets, machine)?.pids).toEqual([pid]);
    expect(listListenersOf(pid, machine)).toMatchObject([{ address: "127.0.0.1", port }]);
    expect(listensOn(pid, port, machine)).toBe(true);
    expect(listensOn(process.pid, port, machine)).toBe(false);
  });

  it("is nobody where nobody listens", async () => {
    const { pid, port, stop } = await startLive();
    await stop();
    expect(listensOn(pid, port, testMachine())).toBe(false);
  });

  it.each<[string, Record<string, string | null>, boolean | null]>([
    ["of its user's listener", { status: "Uid:\t4\t4\t4\t4\n" }, false],
    ["of nobody's listener", { status: null }, false],
  ])(
    "is not taken for a process that cannot be looked into, and is not %s",
    async (_, own, held) => {
      const { port } = await startLive();
      const fs = withProc({ "999999/fd": null, "999999/status": own["status"] ?? null });
      expect(listensOn(999_999, port, testMachine({ fs }))).toBe(held);
    },
  );

  it("may be a process of the listener's user that cannot be looked into", async () => {
    const { port } = await startLive();
    const { uid } = testMachine().user;
    const fs = withProc({ "999999/fd": null, "999999/status": `Uid:\t${uid}\t${uid}\t0\t0\n` });
    expect(listensOn(999_999, port, testMachine({ fs }))).toBeNull();
  });

  it("is not told elsewhere", () => {
    const machine = testMachine({ platform: "darwin" });
    expect(listensOn(1, 80, machine)).toBeNull();
    expect(listListeners(machine)).toBeNull();
    expect(findHolders(new Set([1]), machine)).toBeNull();
  });
});
