import { chmodSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { findOpenFiles } from "../../../src/doctor/checks/modes.js";
import { systems } from "../../../src/systems/list.js";
import { keyA } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare } from "../subject.js";

const files = { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` };

describe("findOpenFiles", () => {
  it.each([
    [0o600, []],
    [0o400, []],
    [0o644, ["has mode 0644, so other users of this machine can read the key"]],
    [0o602, ["has mode 0602, so other users of this machine can change the key"]],
    [0o666, ["has mode 0666, so other users of this machine can read and change the key"]],
  ])("a file of mode %o", async (mode, messages) => {
    const { subject, at } = await prepare({ files, mode });
    const file = at(".jean2/.env");
    const expected = messages.map((message) => ({
      id: "mode",
      severity: "warning",
      message: `${file} ${message}`,
      fix: `chmod 0${(mode & 0o700).toString(8)} ${file}`,
      location: file,
    }));
    expect(findOpenFiles(subject)).toEqual(expected);
  });

  it("finds a file that the owner's own group can read", async () => {
    const { subject } = await prepare({ files, mode: 0o640 });
    const [found] = findOpenFiles(subject);
    expect(found).toMatchObject({ id: "mode" });
    expect(found?.message).toMatch(/so group \S+ can read the key$/);
  });

  it("lets another group read, as a service needs it, and says so", async () => {
    const real = testMachine();
    const user = { ...real.user, gid: real.user.gid + 1 };
    const { subject } = await prepare({ files, mode: 0o640, machine: { user } });
    expect(findOpenFiles(subject)).toMatchObject([{ id: "group-reads", severity: "info" }]);
  });

  it("says nothing of a file without a key", async () => {
    const empty = { ".jean2/.env": "JEAN2_AUTH_TOKEN=\n" };
    const { subject } = await prepare({ files: empty, mode: 0o644 });
    expect(findOpenFiles(subject)).toEqual([]);
  });

  it.each([
    [0o700, []],
    [0o755, []],
    [0o777, ["folder-open"]],
    [0o1777, []],
  ])("a folder of mode %o", async (mode, ids) => {
    const { subject, at } = await prepare({ files });
    chmodSync(at(".jean2"), mode);
    const found = findOpenFiles(subject);
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { message, fix } of found) {
      expect(message).toBe(
        `anybody may replace files in ${at(".jean2")}, ${at(".jean2/.env")} too`,
      );
      expect(fix).toBe(`chmod go-w ${at(".jean2")}`);
    }
  });

  it("takes a folder of the owner's own group for the owner's own", async () => {
    const { subject, at } = await prepare({ files });
    chmodSync(at(".jean2"), 0o770);
    expect(findOpenFiles(subject)).toEqual([]);
  });

  it("finds a folder in which another group may replace files", async () => {
    const real = testMachine();
    const user = { ...real.user, gid: real.user.gid + 1 };
    const { subject, at } = await prepare({ files, machine: { user } });
    chmodSync(at(".jean2"), 0o770);
    const [found] = findOpenFiles(subject);
    expect(found).toMatchObject({ id: "folder-open", fix: `chmod g-w ${at(".jean2")}` });
  });

  it("looks at config.toml too", async () => {
    const { subject } = await prepare({
      system: systems.openjarvis,
      files: { ".openjarvis/config.toml": `[server.auth]\napi_key = "${keyA}"\n` },
      mode: 0o644,
    });
    expect(findOpenFiles(subject)).toMatchObject([{ id: "mode" }]);
  });
});
