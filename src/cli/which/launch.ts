import { KeywardError } from "../../core/errors.js";
import type { Launch, System } from "../../systems/contract/system.js";

/**
 * A launch of a system by its name.
 *
 * @throws KeywardError `usage` for one that the system does not have
 */
export function findLaunch(system: System, name: string): Launch {
  const launch = system.launches.find((each) => each === name);
  if (launch !== undefined) return launch;
  throw new KeywardError("usage", `${system.title} has no launch called ${name}`, {
    hint: `one of: ${system.launches.join(", ")}`,
  });
}
