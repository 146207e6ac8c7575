import { dirname, isAbsolute } from "node:path";

import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import type {
  EnvFileLocation,
  FileLocation,
  Launch,
  Location,
  Setting,
  Switch,
  System,
} from "../systems/contract/system.js";
import { composeLocations } from "./compose-files.js";
import { nameableDialects, type DialectName } from "../formats/env/dialects/names.js";

/** A file that the caller says a server reads its key from. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  /** The variable in it; the system's own when absent. */
  readonly variable?: string | undefined;
  /**
   * The program that reads it, or several with commas between them, the one that decides first; the
   * system's usual one when absent.
   */
  readonly dialect?: string | undefined;
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The same system with its key in another file. Where the system reads the file anyway, it becomes
 * the one that is written, and what wins over it still does; else it takes the place of every file.
 *
 * @throws KeywardError `usage` for a bad variable or dialect, and for a generic system without a
 *   variable; TypeError for a path that is not absolute
 * @example
 * withFile(systems.openjarvis, { path: "/srv/openjarvis/.env" }); // read by docker compose
 */
export function withFile(system: System, file: NamedFile): System {
  const { path } = file;
  if (!isAbsolute(path)) throw new TypeError(`not an absolute path: ${path}`);
  const named: Named = {
    path,
    readers: readDialects(file.dialect),
    usual: system.fileDialects,
    variable: readVariable(system, file.variable),
  };
  const { network, noKeySwitch, unsafeSwitch, lifetime } = system;
  const move = (setting: Setting): Setting => moveSetting(setting, named);
  const moveSwitch = (one: Switch): Switch => ({ ...one, setting: move(one.setting) });
  const isCompose = !isToml(named) && (named.readers ?? system.fileDialects)[0] === "compose";
  return {
    ...system,
    variable: named.variable ?? system.variable,
    network: {
      host: move(network.host),
      port: move(network.port),
      tls: network.tls && {
        enabled: move(network.tls.enabled),
        certificate: move(network.tls.certificate),
        privateKey: move(network.tls.privateKey),
      },
    },
    ...(noKeySwitch && { noKeySwitch: moveSwitch(noKeySwitch) }),
    ...(unsafeSwitch && { unsafeSwitch: moveSwitch(unsafeSwitch) }),
    ...(lifetime && { lifetime: move(lifetime) }),
    isHere: () => true,
    detectLaunch: (machine) =>
      findReader(system, path, machine) ?? fallBack(system, machine, isCompose),
    locations: (machine, launch) =>
      moveLocations(system.locations(machine, launch), named, system.variable, machine),
    // The server that its own files tell of is another one.
    findLive: (machine) =>
      findReader(system, path, machine) === undefined ? null : system.findLive(machine),
    restart(machine, launch) {
      if (!isCompose || findReader(system, path, machine) !== undefined) {
        return system.restart(machine, launch);
      }
      // Compose gives a container its variables when it makes it: a restart keeps the old ones.
      const args = ["compose", "--project-directory", dirname(path), "up", "-d"];
      return { program: "docker", args, needsRoot: false };
    },
  };
}

interface Named {
  readonly path: string;
  readonly readers: Readers | undefined;
  readonly usual: System["fileDialects"];
  /** Only where another than the system's was asked for. */
  readonly variable: string | undefined;
}

/** OpenJarvis's own file may lie anywhere. */
function isToml({ path, readers }: Pick<Named, "path" | "readers">): boolean {
  return readers === undefined && path.endsWith(".toml");
}

type Readers = readonly [DialectName, ...DialectName[]];

function readDialects(list: string | undefined): Readers | undefined {
  if (list === undefined) return undefined;
  const found = list.split(",").map((word) => {
    const known = nameableDialects.find((dialect) => dialect === word.trim());
    if (known !== undefined) return known;
    const missing = word.trim() === "";
    const what = missing
      ? `a dialect is missing in: ${list}`
      : `there is no dialect called ${word.trim()}`;
    throw new KeywardError("usage", what, {
      hint: `one of, or several with commas: ${nameableDialects.join(", ")}`,
    });
  });
  const [first, ...others] = new Set(found);
  return first === undefined ? undefined : [first, ...others];
}

function readVariable(system: System, name: string | undefined): string | undefined {
  if (name === undefined) {
    if (system.id !== "generic") return undefined;
    throw new KeywardError(
      "usage",
      "--variable is required: which variable of the file holds the key",
      {
        hint: "for example: --variable AGENT_KEY",
      },
    );
  }
  if (variableName.test(name)) return name === system.variable ? undefined : name;
  throw new KeywardError("usage", `not a variable name: ${name}`, {
    hint: "use letters, digits and _, and do not start with a digit",
  });
}

/** The launch in which the system reads this file of its own accord. */
function findReader(system: System, path: string, machine: Machine): Launch | undefined {
  return system.launches.find((launch) =>
    system.locations(machine, launch).some((place) => isRead(place, path)),
  );
}

function isRead(place: Location, path: string): boolean {
  return isKeyFile(place) && place.path === path && place.ignored === undefined;
}

/** A container is nobody's service here. */
function fallBack(system: System, machine: Machine, isCompose: boolean): Launch {
  const foreground = system.launches.find((launch) => launch === "foreground");
  return isCompose && foreground !== undefined ? foreground : system.detectLaunch(machine);
}

function moveSetting(setting: Setting, named: Named): Setting {
  return {
    ...setting,
    locations(machine, launch) {
      const places = setting.locations(machine, launch);
      const variable = places.find((place) => place.kind === "env-file")?.variable;
      // A setting that stands in no env file has no name in the new one.
      if (variable === undefined) return places;
      return moveLocations(places, { ...named, variable: undefined }, variable, machine);
    },
  };
}

function moveLocations(
  places: readonly Location[],
  named: Named,
  ownVariable: string,
  machine: Machine,
): readonly Location[] {
  const { path, readers } = named;
  const variable = named.variable ?? ownVariable;
  if (places.some((place) => isRead(place, path))) {
    return places.map((place): Location => {
      if (place.kind !== "env-file" && place.kind !== "toml") return place;
      if (!isRead(place, path)) return { ...place, writable: false };
      if (place.kind === "toml") return { ...place, writable: true };
      return { ...readBy(readers, place), variable, writable: true };
    });
  }
  const moved = moveFile(places.filter(isKeyFile), named, variable);
  const others = places
    .filter((place) => place.kind === "environment")
    .map((place) => ({ ...place, variable }));
  return [
    ...others.filter(({ ignored }) => ignored === undefined),
    ...(isForCompose(moved) ? composeLocations(path, variable, machine) : []),
    moved,
    ...others.filter(({ ignored }) => ignored !== undefined),
  ];
}

function isForCompose(place: FileLocation): boolean {
  return place.kind === "env-file" && place.dialects[0] === "compose";
}

function moveFile(models: readonly FileLocation[], named: Named, variable: string): FileLocation {
  const { path, readers, usual } = named;
  const toml = models.find((model) => model.kind === "toml");
  if (toml !== undefined && isToml(named)) return { ...toml, path };
  const heirs = models.find((model) => model.kind === "env-file")?.heirs;
  const own = { kind: "env-file", path, variable, dialects: usual, writable: true } as const;
  return readers === undefined && heirs !== undefined ? { ...own, heirs } : readBy(readers, own);
}

/** The first of the named readers decides what the value is; a change has to reach the others too. */
function readBy(readers: Readers | undefined, place: EnvFileLocation): EnvFileLocation {
  if (readers === undefined) return place;
  const [first, ...others] = readers;
  const heirs = [...others, ...(place.heirs ?? [])];
  return { ...place, dialects: [first], ...(heirs.length > 0 && { heirs }) };
}

/** A file for this key, unlike one that only happens to bring it. */
function isKeyFile(place: Location): place is FileLocation {
  return place.kind === "env-file" || (place.kind === "toml" && place.keyPath[0] !== "*");
}
