import type { LocationState } from "./resolve-key.js";

/** Whether it lies with another user, and this is root: nothing of it is shown but that it is set. */
export function isForeign({ location }: Pick<LocationState, "location">): boolean {
  return location.kind === "env-file" && location.ownedBy !== undefined;
}
