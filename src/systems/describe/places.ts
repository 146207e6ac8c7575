import type { Source, ValueNames } from "../contract/description.js";
import type { Location, TomlLocation } from "../contract/system.js";
import { flagLocations, unitLocations } from "../units/unit-locations.js";
import type { StartFolderReader } from "../contract/code.js";
import { type About, locateFile } from "./files.js";
import { envFileOf, findService, programOf } from "./service.js";

/** What the places of a value are told from. */
export interface PlaceOptions extends About {
  readonly readStartFolder: StartFolderReader | undefined;
}

/**
 * The places that may hold a value, the one that wins first. One file is one place: where two
 * sources name it, it stands where the first does, and has the readers of both.
 */
export function listPlaces(
  names: ValueNames,
  sources: readonly Source[],
  options: PlaceOptions,
): readonly Location[] {
  return sources.reduce<readonly Location[]>(
    (before, source) => merge(before, placesOf(source, names, options)),
    [],
  );
}

function merge(before: readonly Location[], more: readonly Location[]): readonly Location[] {
  const all = [...before];
  for (const place of more) {
    const at = before.findIndex((each) => isSameFile(each, place));
    const earlier = before[at];
    if (place.kind !== "env-file" || earlier?.kind !== "env-file") all.push(place);
    else if (place.ignored === undefined) {
      const [first, ...others] = earlier.dialects;
      all[at] = { ...place, dialects: [first, ...others, ...place.dialects] };
    }
  }
  return all;
}

function isSameFile(one: Location, other: Location): boolean {
  return one.kind === "env-file" && other.kind === "env-file" && one.path === other.path;
}

function placesOf(source: Source, names: ValueNames, options: PlaceOptions): readonly Location[] {
  if (source.kind === "unit") return unitPlaces(names, options);
  if (source.kind === "toml") return tomlPlaces(source, names, options);
  const { variable } = names;
  if (variable === undefined) return [];
  if (source.kind === "start-folder") {
    const found = options.readStartFolder?.(variable, options) ?? [];
    return source.onlySeen ? found.filter(({ kind }) => kind !== "unseen") : found;
  }
  const { ignored } = source;
  const told = ignored === undefined ? {} : { ignored };
  if (source.kind === "environment") return [{ kind: "environment", variable, ...told }];
  if (source.kind === "unit-env-file") {
    return [{ ...envFileOf(serviceOf(options), variable, options.machine), ...told }];
  }
  const path = locateFile(source.file, options);
  const dialects = source.readers;
  if (path === null) return [];
  return [{ kind: "env-file", path, variable, dialects, writable: true, ...told }];
}

function tomlPlaces(
  { file, anyTable, ignored }: Extract<Source, { kind: "toml" }>,
  { variable, keyPath, type }: ValueNames,
  options: PlaceOptions,
): TomlLocation[] {
  const named = anyTable
    ? variable === undefined
      ? undefined
      : (["*", variable] as const)
    : keyPath;
  if (named === undefined) return [];
  const path = locateFile(file, options);
  if (path === null) return [];
  return [
    {
      kind: "toml",
      path,
      keyPath: named,
      ...(type !== undefined && { type }),
      // Such a value becomes a variable of the server's, unless that is set already.
      ...(anyTable && variable !== undefined && { variable }),
      ...(ignored !== undefined && { ignored }),
      writable: anyTable === undefined,
    },
  ];
}

/** A unit's own account; before there is one, the file that it will name. */
function unitPlaces({ variable, flag }: ValueNames, options: PlaceOptions): readonly Location[] {
  const service = serviceOf(options);
  const { machine } = options;
  const unit = findService(service, machine);
  const program = programOf(service);
  if (variable === undefined) {
    return unit === null || flag === undefined ? [] : flagLocations(unit, program, flag);
  }
  const file = envFileOf(service, variable, machine);
  if (unit === null) return [file];
  return unitLocations(unit, { variable, ...(flag && { flag }), file, program });
}

function serviceOf({ description: { service, title } }: PlaceOptions) {
  if (service === undefined) throw new TypeError(`${title} has no service`);
  return service;
}
