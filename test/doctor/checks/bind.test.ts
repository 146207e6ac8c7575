import { describe, expect, it } from "vitest";

import { findUnsafeBind } from "../../../src/doctor/checks/bind.js";
import { lookAtServer } from "../../../src/live/look.js";
import { systems } from "../../../src/systems/list.js";
import { withFile } from "../../../src/locations/with-file.js";
import { keyA } from "../../helpers/keys.js";
import { startLive } from "../../helpers/live-server.js";
import { testMachine } from "../../helpers/machine.js";
import { startNamed } from "../../helpers/named-program.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";
import { prepare, spelled } from "../subject.js";

const jean2Key = `JEAN2_AUTH_TOKEN=${keyA}\n`;
const jarvisKey = `[server.auth]\napi_key = "${keyA}"\n`;

describe("findUnsafeBind", () => {
  it.each<[keyof typeof systems, string, string, string[]]>([
    ["jean2", ".jean2/.env", jean2Key, []],
    ["jean2", ".jean2/.env", "JEAN2_HOST=127.0.0.1\n", ["no-exposure-seen"]],
    ["jean2", ".jean2/.env", `JEAN2_HOST=127.0.0.1\n${jean2Key}`, []],
    ["jean2", ".jean2/.env", "", ["unsafe-bind"]],
    ["jean2", ".jean2/.env", "JEAN2_AUTH_TOKEN=your-secret-token\n", ["unsafe-bind"]],
    ["jean2", ".jean2/.env", "JEAN2_HOST=192.168.1.5\n", ["unsafe-bind"]],
    ["openjarvis", ".openjarvis/config.toml", "", ["no-exposure-seen"]],
    ["openjarvis", ".openjarvis/config.toml", `[server]\nhost = "0.0.0.0"\n${jarvisKey}`, []],
    [
      "openjarvis",
      ".openjarvis/config.toml",
      '[server]\nhost = "0.0.0.0"\n',
      ["unsafe-bind", "would-not-start"],
    ],
    [
      "openjarvis",
      ".openjarvis/config.toml",
      '[server]\nhost = "127.1"\n',
      ["unsafe-bind", "would-not-start"],
    ],
  ])("%s: %s: %j", async (id, path, text, ids) => {
    const { subject } = await prepare({ system: systems[id], files: { [path]: text } });
    const found = spelled(await findUnsafeBind(subject));
    expect(found.map((finding) => finding.id)).toEqual(ids);
  });

  it.each([
    // It makes a key at each start where it finds none, and prints it: that counts as none.
    ["JEAN_HOST=192.168.1.5\n", ["unsafe-bind"]],
    ["JEAN_HOST=192.168.1.5\nJEAN_NO_TOKEN=1\n", ["unsafe-bind"]],
    ["JEAN_HOST=0.0.0.0\nJEAN_NO_TOKEN=1\n", ["unsafe-bind", "would-not-start"]],
    ["JEAN_HOST=0.0.0.0\nJEAN_NO_TOKEN=1\nJEAN_ALLOW_UNSAFE_NO_TOKEN=1\n", ["unsafe-bind"]],
    ["JEAN_NO_TOKEN=1\n", ["no-exposure-seen"]],
  ])("jean: %j", async (text, ids) => {
    const { home } = testMachine();
    const { subject } = await prepare({
      system: withFile(systems.jean, { path: `${home}/jean.env` }),
      launch: "service",
      machine: { home },
      files: { "jean.env": text },
    });
    const found = spelled(await findUnsafeBind(subject));
    expect(found.map((finding) => finding.id)).toEqual(ids);
    const fixes = found.filter(({ id }) => id === "unsafe-bind").map(({ fix }) => fix);
    const fix = text.includes("JEAN_NO_TOKEN")
      ? `take away JEAN_NO_TOKEN in ${home}/jean.env`
      : "keyward auth generate-key --write";
    expect(fixes).toEqual(fixes.map(() => fix));
  });

  it.each([
    ["", "keyward auth generate-key --write"],
    ["JEAN2_AUTH_TOKEN=your-secret-token\n", "keyward token rotate"],
  ])("after %j names %s", async (text, fix) => {
    const { subject } = await prepare({ files: { ".jean2/.env": text } });
    const [found] = spelled(await findUnsafeBind(subject));
    expect(found).toMatchObject({ severity: "error", fix });
    expect(found?.message).toContain("Jean2 would listen on 0.0.0.0, by its own default: ");
  });

  it("goes by where the server says that it listens", async () => {
    const pid = JSON.stringify({ ...(await startLive()), host: "127.0.0.1" });
    const { subject } = await prepare({ files: { ".jean2/.env": "", ".jean2/server.pid": pid } });
    const [found, ...others] = await findUnsafeBind(subject);
    expect(found).toMatchObject({ id: "no-exposure-seen", severity: "info" });
    expect(others).toEqual([]);
  });

  it("goes by where the running server is seen to listen, before its settings", async () => {
    const { port, pid } = await startLive({ name: "jarvis", host: "0.0.0.0" });
    const config = `[server]\nhost = "127.0.0.1"\nport = ${port}\n`;
    const { subject } = await prepare({
      system: systems.openjarvis,
      files: { ".openjarvis/config.toml": config },
    });
    const { system, machine, launch, resolution } = subject;
    const live = lookAtServer({ system, machine, launch, resolution, port });
    const [found] = await findUnsafeBind({ ...subject, live });
    expect(found?.message).toContain(`OpenJarvis listens on 0.0.0.0, by process ${pid}: `);
    expect(found?.id).toBe("unsafe-bind");
  });

  it.runIf(process.platform === "linux").each([
    ["", "unsafe-bind", /process \d+\) passes port 38743 on to others, and no key is configured/],
    [jean2Key, undefined, /^$/],
  ])("names the tunnel before a loopback port, with %j in the file", async (key, id, message) => {
    await startNamed("cloudflared", "tunnel", "--url", "http://localhost:38743");
    const text = `JEAN2_HOST=127.0.0.1\nJEAN2_PORT=38743\n${key}`;
    const { subject } = await prepare({ files: { ".jean2/.env": text } });
    const [found, ...others] = await findUnsafeBind(subject);
    expect([found?.id, others]).toEqual([id, []]);
    expect(found?.message ?? "").toMatch(message);
  });

  it.runIf(process.platform === "linux")(
    "cannot tell whether a proxy that asks for a login lets in nobody else",
    async () => {
      const machine = rootedMachine();
      machine.put(
        "/etc/caddy/Caddyfile",
        "a.example {\n basic_auth {\n }\n reverse_proxy :38744\n}\n",
      );
      await startNamed("caddy", "run");
      const { subject } = await prepare({
        machine,
        files: { ".jean2/.env": "JEAN2_HOST=127.0.0.1\nJEAN2_PORT=38744\n" },
      });
      const [found, ...others] = await findUnsafeBind(subject);
      expect(found).toMatchObject({ id: "cannot-tell", severity: "warning" });
      expect(found?.message).toContain("Caddyfile:4) passes port 38744 on to others");
      expect(others).toEqual([]);
    },
  );

  it("knows nothing of where a server of another machine listens", async () => {
    const { subject } = await prepare({ files: { ".jean2/.env": "" } });
    expect(spelled(await findUnsafeBind({ ...subject, isLocal: false }))).toEqual([]);
  });
});
