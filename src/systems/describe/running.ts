import type { SystemDescription } from "../contract/description.js";
import type { RunningFacts } from "../contract/system.js";
import { nameUnit, programOf } from "./service.js";

/** How the system's running server is known. */
export function describeRunning(description: SystemDescription): RunningFacts {
  const { service, program, listening, key, noKeySwitch } = description;
  const { host, hostFlags, port } = listening;
  const flag = (name: string | undefined) => (name === undefined ? [] : [name]);
  return {
    program:
      service !== undefined
        ? programOf(service)
        : program === null
          ? null
          : { isServer: (name) => name === program },
    unit: service === undefined ? null : nameUnit(service),
    hostFlags: hostFlags ?? [host.flag?.name ?? "--host"],
    portFlags: [port.flag?.name ?? "--port"],
    keyFlags: flag(key.flag?.name),
    offFlags: flag(noKeySwitch?.flag.name),
  };
}
