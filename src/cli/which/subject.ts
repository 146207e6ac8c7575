import type { Subject } from "../../doctor/subject.js";
import type { LiveLook } from "../../live/look.js";
import { resolveKey } from "../../locations/resolve-key.js";
import { lookAtLive } from "./look-at-live.js";
import type { System } from "../../systems/contract/system.js";
import { chooseLaunch } from "./choose.js";
import type { Invocation } from "../command.js";

/**
 * The server that a command is about, as the checks look at it.
 *
 * @param options `look` is whether the running server counts: where it does not, it is not looked for
 * @throws KeywardError `usage` for a launch that the system does not have, and as `resolveKey`
 */
export async function describeSubject(
  invocation: Invocation,
  system: System,
  { look = true }: { readonly look?: boolean } = {},
): Promise<Subject> {
  const { context, server } = invocation;
  const launch = chooseLaunch(system, invocation);
  const url = server?.url ?? null;
  const isLocal = url === null || (await isLoopback(url));
  const resolution = await resolveKey(system, context, launch);
  const live: LiveLook =
    isLocal && look
      ? await lookAtLive({ system, machine: context, launch, resolution }, url)
      : { kind: "none" };
  return {
    system,
    names: server === null ? [] : [server.name],
    urls: url === null ? [] : [url],
    isLocal,
    machine: context,
    launch,
    resolution,
    live,
  };
}

/** Only a named server has an address, so what reads it is loaded for no other. */
async function isLoopback(url: string): Promise<boolean> {
  const { parseTarget } = await import("../../net/target.js");
  return parseTarget(url).loopback;
}
