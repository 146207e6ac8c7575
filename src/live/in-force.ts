import type { KeyResolution } from "../locations/resolve-key.js";
import type { System } from "../systems/contract/system.js";
import { type LiveLook, seenServer } from "./look.js";

/**
 * What is in force as long as the server runs: what it was surely started with beats its files, which
 * it read before. Only what switches authentication off is sure; another key is a key.
 */
export function resolveLive(
  resolution: KeyResolution,
  live: LiveLook,
  { emptyMeans, variable }: System,
): KeyResolution {
  const process = seenServer(live);
  if (process === null) return resolution;
  const isEmpty = process.key === "empty" && emptyMeans === "off";
  const what = process.flags.off ?? (isEmpty ? `an empty ${variable}` : null);
  if (what === null) return resolution;
  const switchedOffBy = `${what} of process ${process.pid}`;
  return { ...resolution, key: null, authentication: "off", unseen: null, switchedOffBy };
}
