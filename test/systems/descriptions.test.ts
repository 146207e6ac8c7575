import { existsSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type {
  FilePlace,
  KeyForm,
  SystemDescription,
} from "../../src/systems/contract/description.js";
import { systemIds } from "../../src/systems/contract/system.js";
import type { AuthRequest } from "../../src/systems/contract/wire.js";
import { genericDescription } from "../../src/systems/generic/generic.js";
import { findSystem, servableSystems, systems } from "../../src/systems/list.js";
import { keyA } from "../helpers/keys.js";

const known = Object.values(servableSystems);
const descriptions = [...known.map(({ description }) => description), genericDescription];
const jeanDescription = servableSystems.jean.description;

/** Every file that a description names. */
function listFiles(part: unknown): FilePlace[] {
  if (typeof part !== "object" || part === null) return [];
  const own = "in" in part && "path" in part ? [part as FilePlace] : [];
  return [...own, ...Object.values(part).flatMap(listFiles)];
}

/** What is missing in a description, or does not fit together. */
function listGaps(description: SystemDescription): string[] {
  const { id, launches, service, pidFile, dataFolder, listening, clients } = description;
  const names = launches.map(({ launch }) => launch);
  const kinds = new Set(
    launches.flatMap(({ key, settings = [] }) => [...key, ...settings].map(({ kind }) => kind)),
  );
  const restarts = launches.map(({ restart }) => restart);
  const files = listFiles(description);
  const inFolder = files.filter((file) => file.in === "data-folder");
  const isKnown = id !== "generic";
  const gaps: Record<string, boolean> = {
    "a launch comes twice": new Set(names).size < names.length,
    "a service is launched and not described": names.includes("service") !== Boolean(service),
    "a unit is read and not described": kinds.has("unit") !== Boolean(service),
    "nothing restarts what runs in the background": launches.some(
      ({ launch, restart }) => launch !== "foreground" && restart === null,
    ),
    "a unit is restarted and not described":
      restarts.some((restart) => restart?.by === "unit") && !service,
    "a pid file is asked and not described":
      restarts.some((restart) => restart?.by === "command" && restart.whenStale) && !pidFile,
    "a data folder is named and not described": inFolder.length > 0 && !dataFolder,
    "a path does not begin where it says": files.some(
      (file) => file.path.startsWith("/") !== (file.in === "root"),
    ),
    "a path has something to be replaced": files.some(({ path }) => /[~$%{]|\/\/|\.\./.test(path)),
    "no default host": !/^(?:127\.0\.0\.1|0\.0\.0\.0)$/.test(listening.host.default),
    "no default port": !(Number(listening.port.default) > 0),
    "no path to ask": !clients.path.startsWith("/"),
    "no bind rule": isKnown && listening.bindRule === null,
    "no place of the key": isKnown && launches.some(({ key }) => key.length === 0),
    "nothing shows that it is here": isKnown && description.shownBy.length === 0,
    "no folder of its own": !existsSync(
      new URL(`../../src/systems/${id}/${id}.ts`, import.meta.url),
    ),
  };
  return Object.keys(gaps).filter((gap) => gaps[gap]);
}

describe.each(descriptions.map((each) => [each.id, each] as const))(
  "the description of %s",
  (_, description) => {
    it("is plain data", () => {
      expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    });

    it("is complete, and fits together", () => {
      expect(listGaps(description)).toEqual([]);
    });
  },
);

describe("a description with gaps", () => {
  it.each<[Partial<SystemDescription>, string]>([
    [{ service: undefined }, "a unit is read and not described"],
    [{ shownBy: [] }, "nothing shows that it is here"],
    [{ logs: [{ in: "data-folder", path: "x" }] }, "a data folder is named and not described"],
    [{ logs: [{ in: "home", path: "~/x" }] }, "a path has something to be replaced"],
    [{ logs: [{ in: "root", path: "x" }] }, "a path does not begin where it says"],
  ])("%j: %s", (change, gap) => {
    expect(listGaps({ ...jeanDescription, ...change })).toContain(gap);
  });
});

describe("the list of systems", () => {
  it("has each under its id, and none beside", () => {
    expect([...Object.keys(systems), "generic"]).toEqual(systemIds);
    expect(systemIds.map((id) => findSystem(id).id)).toEqual(systemIds);
  });
});

/** Requests that present a key in a form, on each path. */
function present(form: KeyForm, key: string): readonly AuthRequest[] {
  const upgrade = { connection: "Upgrade", upgrade: "websocket" };
  return ["/api/x", "/v1/x", "/haip/sse", "/haip/stream", "/haip/websocket"].map((url) => {
    if (form.in === "header") {
      return { method: "POST", url, headers: { [form.name.toLowerCase()]: form.prefix + key } };
    }
    if (form.in !== "subprotocol")
      return { method: "GET", url: `${url}?token=${key}`, headers: {} };
    const written = form.encoding === undefined ? key : Buffer.from(key).toString(form.encoding);
    const offers = `${form.beside}, ${form.prefix}${written}`;
    return { method: "GET", url, headers: { ...upgrade, "sec-websocket-protocol": offers } };
  });
}

describe("a server's side of each system", () => {
  it.each(
    known.flatMap(({ description: { id, forms }, serverSide }) =>
      forms
        .filter((form) => form.in !== "first-message")
        .map((form) => [id, form, serverSide.requests] as const),
    ),
  )("%s finds the key in the form %j", (_, form, requests) => {
    const found = present(form, keyA).flatMap((request) => requests.credentials(request));
    expect(found.map(({ value }) => value)).toContain(keyA);
  });

  it.each(known.map((system) => [system.id, system] as const))(
    "%s never selects a subprotocol with a key, and any other",
    (_, { description: { forms }, serverSide: { requests } }) => {
      for (const form of forms.filter((each) => each.in === "subprotocol")) {
        expect(requests.isSecretProtocol(`${form.prefix}x`)).toBe(true);
        expect(requests.isSecretProtocol(form.beside)).toBe(false);
      }
      expect(requests.isSecretProtocol("chat")).toBe(false);
    },
  );

  it.each(known.map(({ id, serverSide }) => [id, serverSide] as const))(
    "%s can be today's, and each release once",
    (_, { releases }) => {
      const names = releases.map(({ name }) => name);
      expect(names).toContain("current");
      expect(new Set(names).size).toBe(names.length);
    },
  );
});
