import type { Subject } from "../../doctor/subject.js";
import { resolveKey } from "../../locations/resolve-key.js";
import type { System } from "../../systems/contract/system.js";
import { chooseLaunch } from "./choose.js";
import type { Invocation } from "../command.js";

/**
 * The server that a command is about, as the checks look at it.
 *
 * @throws KeywardError `usage` for a launch that the system does not have, and as `resolveKey`
 */
export async function describeSubject(invocation: Invocation, system: System): Promise<Subject> {
  const { context, server } = invocation;
  const launch = chooseLaunch(system, invocation);
  const url = server?.url ?? null;
  return {
    system,
    names: server === null ? [] : [server.name],
    urls: url === null ? [] : [url],
    isLocal: url === null || (await isLoopback(url)),
    machine: context,
    launch,
    resolution: await resolveKey(system, context, launch),
  };
}

/** Only a named server has an address, so what reads it is loaded for no other. */
async function isLoopback(url: string): Promise<boolean> {
  const { parseTarget } = await import("../../net/target.js");
  return parseTarget(url).loopback;
}
