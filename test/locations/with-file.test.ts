import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { findKeyTarget } from "../../src/rotate/target.js";
import { resolveKey, resolveSetting } from "../../src/locations/resolve-key.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";
import { systems } from "../../src/systems/list.js";
import type { Launch, Location, System } from "../../src/systems/contract/system.js";
import { type NamedFile, withFile } from "../../src/locations/with-file.js";
import { keyA, keyB } from "../helpers/keys.js";
import { rootedMachine } from "../helpers/rooted-fs.js";

const { jean2, openjarvis, jean, haip } = systems;
const generic = createGenericSystem();
const path = "/srv/server/.env";

/** A location in one line: kind, path or variable, readers, `w` where keyward writes it. */
function show(place: Location): string {
  const ignored = place.ignored === undefined ? "" : " -";
  if (place.kind === "environment") return `env ${place.variable}${ignored}`;
  if (place.kind === "unit" || place.kind === "unseen") return `unit ${place.path}${ignored}`;
  const how =
    place.kind === "toml"
      ? place.keyPath.join(".")
      : `${place.variable} ${[...place.dialects, ...(place.heirs ?? [])].join("+")}`;
  return `${place.path} ${how}${place.writable ? " w" : ""}${ignored}`;
}

describe("withFile", () => {
  it.each<[string, System, Omit<NamedFile, "path">, Launch, string[]]>([
    ["generic", generic, { variable: "TOKEN" }, "foreground", [`${path} TOKEN dotenv w`]],
    [
      "generic, docker",
      generic,
      { variable: "TOKEN", dialect: "docker" },
      "foreground",
      [`${path} TOKEN docker w`],
    ],
    ["haip", haip, {}, "foreground", ["env JWT_SECRET", `${path} JWT_SECRET dotenv w`]],
    [
      "openjarvis, by compose",
      openjarvis,
      {},
      "foreground",
      ["env OPENJARVIS_API_KEY", `${path} OPENJARVIS_API_KEY compose w`],
    ],
    [
      "openjarvis, another variable",
      openjarvis,
      { variable: "MY_KEY" },
      "foreground",
      ["env MY_KEY", `${path} MY_KEY compose w`],
    ],
    [
      "openjarvis, a service",
      openjarvis,
      { dialect: "systemd" },
      "service",
      [`${path} OPENJARVIS_API_KEY systemd w`, "env OPENJARVIS_API_KEY -"],
    ],
    ["jean2", jean2, {}, "daemon", [`${path} JEAN2_AUTH_TOKEN jean2 w`, "env JEAN2_AUTH_TOKEN -"]],
    [
      "jean, with its installer",
      jean,
      {},
      "service",
      [`${path} JEAN_TOKEN systemd+jean-installer w`, "env JEAN_TOKEN -"],
    ],
    [
      "jean, by compose",
      jean,
      { dialect: "compose" },
      "foreground",
      ["env JEAN_TOKEN", `${path} JEAN_TOKEN compose w`],
    ],
  ])("%s", (_, system, options, launch, expected) => {
    const machine = rootedMachine();
    const named = withFile(system, { path, ...options });
    expect(named.locations(machine, launch).map(show)).toEqual(expected);
    expect(named.variable).toBe(options.variable ?? system.variable);
    expect(named.isHere(machine)).toBe(true);
  });

  it("takes a config.toml for what it is", () => {
    const file = "/srv/oj/config.toml";
    const named = withFile(openjarvis, { path: file });
    expect(named.locations(rootedMachine(), "foreground").map(show)).toEqual([
      "env OPENJARVIS_API_KEY",
      `${file} server.auth.api_key w`,
    ]);
  });

  it("leaves a file of the system in its place, and lets nothing else be written", () => {
    const machine = rootedMachine();
    machine.put(
      "/etc/systemd/system/jean-server.service",
      "[Service]\nEnvironmentFile=/etc/a\nEnvironmentFile=/etc/b\nEnvironmentFile=/etc/c\nExecStart=/bin/jean --token x\n",
    );
    const named = withFile(jean, { path: "/etc/b" });
    expect(named.detectLaunch(machine)).toBe("service");
    expect(named.locations(machine, "service").map(show)).toEqual([
      "unit /etc/systemd/system/jean-server.service",
      "/etc/c JEAN_TOKEN systemd+jean-installer",
      "/etc/b JEAN_TOKEN systemd+jean-installer w",
      "/etc/a JEAN_TOKEN systemd+jean-installer",
      expect.stringContaining("jean-server.env JEAN_TOKEN systemd+jean-installer -"),
      "env JEAN_TOKEN -",
    ]);
  });

  it("moves the settings beside the key along", async () => {
    const machine = rootedMachine();
    machine.put(path, `JEAN_TOKEN=${keyA}\nJEAN_NO_TOKEN=1\nJEAN_HOST=::1\nJEAN_PORT=9\n`);
    const named = withFile(jean, { path });
    const { authentication, switchedOffBy } = await resolveKey(named, machine, "service");
    expect({ authentication, switchedOffBy }).toEqual({
      authentication: "off",
      switchedOffBy: `JEAN_NO_TOKEN in ${path}`,
    });
    const { host, port } = named.network;
    expect((await resolveSetting(host, machine, "service")).value).toBe("::1");
    expect((await resolveSetting(port, machine, "service")).value).toBe("9");
    machine.put("/srv/h.env", "JWT_EXPIRES_IN=5m\n");
    const { lifetime } = withFile(haip, { path: "/srv/h.env" });
    expect(lifetime && (await resolveSetting(lifetime, machine, "foreground"))).toEqual({
      value: "5m",
      source: "/srv/h.env",
      unseen: null,
    });
  });

  it.each<[string, System, NamedFile, Launch]>([
    ["compose, though a service is installed", openjarvis, { path }, "foreground"],
    ["the service's own file", openjarvis, { path: "/etc/openjarvis/env" }, "service"],
    ["another file for the service", openjarvis, { path, dialect: "systemd" }, "service"],
    ["jean2", jean2, { path }, "daemon"],
  ])("finds the launch: %s", (_, system, file, launch) => {
    const machine = rootedMachine();
    machine.put(
      "/etc/systemd/system/openjarvis.service",
      "[Service]\nEnvironment=HOME=/opt/oj\nEnvironmentFile=/etc/openjarvis/env\nExecStart=/bin/jarvis serve\n",
    );
    expect(withFile(system, file).detectLaunch(machine)).toBe(launch);
  });

  it("makes a container anew, since a restart would keep its variables", () => {
    expect(withFile(openjarvis, { path }).restart(rootedMachine(), "foreground")).toEqual({
      program: "docker",
      args: ["compose", "--project-directory", "/srv/server", "up", "-d"],
      needsRoot: false,
    });
    expect(withFile(haip, { path }).restart(rootedMachine(), "foreground")).toBeNull();
  });

  it.each<[System, Omit<NamedFile, "path">, string, string | undefined]>([
    [
      generic,
      {},
      "--variable is required: which variable of the file holds the key",
      "for example: --variable AGENT_KEY",
    ],
    [
      generic,
      { variable: "A-B" },
      "not a variable name: A-B",
      "use letters, digits and _, and do not start with a digit",
    ],
    [
      haip,
      { dialect: "toml" },
      "there is no dialect called toml",
      "one of, or several with commas: jean2, dotenv, node20, node22, deno, python-dotenv, docker, podman, compose, kubectl, systemd, direnv",
    ],
    [
      haip,
      { dialect: "dotenv,bun" },
      "there is no dialect called bun",
      "one of, or several with commas: jean2, dotenv, node20, node22, deno, python-dotenv, docker, podman, compose, kubectl, systemd, direnv",
    ],
    [
      haip,
      { dialect: "dotenv," },
      "a dialect is missing in: dotenv,",
      "one of, or several with commas: jean2, dotenv, node20, node22, deno, python-dotenv, docker, podman, compose, kubectl, systemd, direnv",
    ],
  ])("refuses %#", (system, options, message, hint) => {
    expect(() => withFile(system, { path, ...options })).toThrowError(
      expect.objectContaining({ code: "usage", message, hint }),
    );
  });

  it.each<[string, readonly string[], readonly string[] | undefined]>([
    ["node22", ["node22"], undefined],
    ["dotenv,node22", ["dotenv"], ["node22"]],
    ["node22, docker,node22", ["node22"], ["docker"]],
  ])("has the file read by %s, the first of them to decide", (dialect, dialects, heirs) => {
    const place = withFile(haip, { path, dialect })
      .locations(rootedMachine(), "foreground")
      .find(({ kind }) => kind === "env-file");
    expect(place).toMatchObject({ path, dialects });
    expect(place?.kind === "env-file" && place.heirs).toEqual(heirs);
  });

  it("wants an absolute path", () => {
    expect(() => withFile(haip, { path: ".env" })).toThrow(TypeError);
  });
});

describe("findKeyTarget", () => {
  const unitFile = "/etc/systemd/system/jean-server.service";
  const envFile = "/etc/jean-server.env";
  const root = { uid: 0, gid: 0, name: "root" };

  it.each<[string, string[], Record<string, string>, string]>([
    [
      "a later file with a key",
      [`EnvironmentFile=${envFile}`, "EnvironmentFile=/etc/later", "ExecStart=/bin/jean"],
      { [envFile]: keyA, "/etc/later": keyB },
      "JEAN_TOKEN is set in /etc/later, which keyward does not edit, and wins over every file in a service launch of Jean",
    ],
    [
      "the unit's command",
      [`EnvironmentFile=${envFile}`, `ExecStart=/bin/jean --token ${keyB}`],
      { [envFile]: keyA },
      `JEAN_TOKEN is set in ${unitFile}, which keyward does not edit, and wins over every file in a service launch of Jean`,
    ],
    [
      "the unit's variable",
      [`Environment=JEAN_TOKEN=${keyB}`, "ExecStart=/bin/jean"],
      {},
      `JEAN_TOKEN is set in ${unitFile}, which keyward does not edit, and wins over every file in a service launch of Jean`,
    ],
    [
      "what the unit takes away",
      [`EnvironmentFile=${envFile}`, "UnsetEnvironment=JEAN_TOKEN", "ExecStart=/bin/jean"],
      { [envFile]: keyA },
      `a key in ${envFile} would not be read in a service launch: UnsetEnvironment= in ${unitFile} takes the variable away`,
    ],
    [
      "a unit without a file",
      ["ExecStart=/bin/jean"],
      { [envFile]: keyA },
      `a key in ${envFile} would not be read in a service launch: jean-server.service does not name it as an EnvironmentFile=`,
    ],
    [
      "a switch",
      [`EnvironmentFile=${envFile}`, "Environment=JEAN_NO_TOKEN=true", "ExecStart=/bin/jean"],
      { [envFile]: keyA },
      `Jean asks for no key, by JEAN_NO_TOKEN in ${unitFile}`,
    ],
  ])("stops at %s", async (_, lines, keys, message) => {
    const machine = rootedMachine({ user: root });
    machine.put(unitFile, ["[Service]", ...lines, ""].join("\n"));
    for (const [file, key] of Object.entries(keys)) machine.put(file, `JEAN_TOKEN=${key}\n`);
    await expect(findKeyTarget(jean, machine, "service")).rejects.toMatchObject({
      code: "shadowed",
      message,
    });
  });

  it("takes the unit's file over the unit's own variable, where there is no key yet", async () => {
    const machine = rootedMachine({ user: root });
    machine.put(unitFile, `[Service]\nEnvironmentFile=-${envFile}\nExecStart=/bin/jean\n`);
    const { location } = await findKeyTarget(jean, machine, "service");
    expect(location.path).toBe(envFile);
  });

  it.each([
    ["a user's", { uid: 1234, gid: 1234, name: "someone" }, "/.config/jean-server/jean-server.env"],
    ["the machine's", root, envFile],
  ])("names %s first file where nothing is installed", async (_, user, file) => {
    const machine = rootedMachine({ user });
    const { location } = await findKeyTarget(jean, machine, "service");
    expect(location.path).toBe(user.uid === 0 ? file : join(machine.home, file));
    await expect(findKeyTarget(jean, machine, "foreground")).rejects.toMatchObject({
      code: "shadowed",
      hint: "say with --launch how the server is started, or with --file what it reads",
    });
  });

  it("knows no file of a generic server", async () => {
    await expect(findKeyTarget(generic, rootedMachine(), "foreground")).rejects.toMatchObject({
      code: "not-found",
      message: "no file is known that the server reads its key from",
      hint: "name it with --file",
    });
  });
});
