import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { defaultUrl } from "../../src/locations/default-url.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import type { LiveServer, Setting, System } from "../../src/systems/contract/system.js";
import { testMachine } from "../helpers/machine.js";
import { readTls } from "../probe/servers.js";

interface Settings {
  host?: string;
  port?: string;
  tls?: string;
  certificate?: string;
}

function find(system: System, settings: Settings, live: Partial<LiveServer> | null = null) {
  const { host, port, tls } = system.network;
  const values = new Map<Setting, string | undefined>([
    [host, settings.host],
    [port, settings.port],
    ...(tls === null
      ? []
      : ([
          [tls.enabled, settings.tls],
          [tls.certificate, settings.certificate],
        ] as const)),
  ]);
  const machine = testMachine();
  fs.writeFileSync(path.join(machine.cwd, "cert.pem"), `# ours\n${readTls("good").cert}`);
  fs.writeFileSync(path.join(machine.cwd, "empty.pem"), "");
  const found = { ...system, findLive: () => live as LiveServer | null };
  return defaultUrl(found, machine, (setting) => values.get(setting) ?? setting.default);
}

describe("defaultUrl", () => {
  it.each([
    ["jean2", jean2, {}, "http://127.0.0.1:8742"],
    ["openjarvis", openjarvis, {}, "http://127.0.0.1:8000"],
    ["another port", jean2, { port: "9000" }, "http://127.0.0.1:9000"],
    ["a port as Jean2 reads it", jean2, { port: "80abc" }, "http://127.0.0.1"],
    ["no port", jean2, { port: "x" }, "http://127.0.0.1:8742"],
    ["no port that exists", jean2, { port: "70000" }, "http://127.0.0.1:8742"],
    ["one host", jean2, { host: "192.168.1.5" }, "http://192.168.1.5:8742"],
    ["an IPv6 host", jean2, { host: "::1" }, "http://[::1]:8742"],
    ["all IPv6 interfaces", jean2, { host: "::" }, "http://[::1]:8742"],
    ["no host", jean2, { host: "" }, "http://127.0.0.1:8742"],
    ["TLS that is not quite on", jean2, { tls: "TRUE" }, "http://127.0.0.1:8742"],
  ])("is for %s", (_, system, settings, url) => {
    expect(find(system, settings)).toEqual({ url, source: "settings", trust: null });
  });

  it("is what the live server says, before the settings", () => {
    const live = { host: "0.0.0.0", port: 4000, source: "/home/a/.jean2/server.pid" };
    expect(find(jean2, { host: "10.0.0.1", port: "1" }, live)).toEqual({
      url: "http://127.0.0.1:4000",
      source: "/home/a/.jean2/server.pid",
      trust: null,
    });
  });

  it("trusts exactly the certificate of the settings", () => {
    const { url, trust } = find(jean2, { tls: "true", certificate: "cert.pem" });
    expect(url).toBe("https://127.0.0.1:8742");
    const der = Buffer.from(readTls("good").cert.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    expect(trust).toEqual({ exact: der });
  });

  it.each([
    [{ host: "a b" }, "malformed", "the settings of Jean2 are not an address"],
    [{ host: "x@10.0.0.1" }, "malformed", "the settings of Jean2 are not an address"],
    [{ tls: "true" }, "malformed", "TLS is on, but the settings name no certificate"],
    [{ tls: "true", certificate: "none.pem" }, "unreadable", /^cannot read .*none\.pem$/],
    [{ tls: "true", certificate: "empty.pem" }, "malformed", /^there is no certificate in .*empty/],
  ])("fails for %j", (settings, code, message) => {
    expect(() => find(jean2, settings)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });
});
