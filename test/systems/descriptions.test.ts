import { existsSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { FilePlace, SystemDescription } from "../../src/systems/contract/description.js";
import { genericDescription } from "../../src/systems/generic/generic.js";
import { haipDescription } from "../../src/systems/haip/haip.js";
import { jean2Description } from "../../src/systems/jean2/jean2.js";
import { jeanDescription } from "../../src/systems/jean/jean.js";
import { openjarvisDescription } from "../../src/systems/openjarvis/openjarvis.js";

const descriptions: readonly SystemDescription[] = [
  jean2Description,
  openjarvisDescription,
  jeanDescription,
  haipDescription,
  genericDescription,
];

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
