import type { Setting, System } from "../systems/contract/system.js";

/** A variable that stands wherever the secret may stand. */
export function settingBeside(system: System, variable: string): Setting {
  return {
    locations: (machine, launch) =>
      system
        .locations(machine, launch)
        .flatMap((place) =>
          place.kind === "environment" || place.kind === "env-file" ? [{ ...place, variable }] : [],
        ),
    default: "",
    emptyMeans: "default",
    secret: true,
  };
}
