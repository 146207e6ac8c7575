import type { OpenTries } from "../../probe/tries.js";
import { untilInterrupted } from "../interrupt.js";
import type { Count, WorkerCount } from "./count-workers.js";

/** What came of the old key in URLs that the server writes to its log. */
export interface LoggedTries {
  /** The route that took it; null where none did. */
  readonly acceptedBy: string | null;
  readonly checks: number;
  /** What was not tried; null for nothing. */
  readonly note: string | null;
}

/** So many connections are opened to reach workers that were not asked yet. */
const mostConnections = 64;

/**
 * OpenTries the old key in URLs that the server writes to its log: last of all, since it stands there
 * from then on; once for every worker; never where a proxy on the way could log it, too.
 *
 * @throws Interrupted
 */
export async function tryLogged(
  tries: OpenTries,
  count: WorkerCount | null,
  workers: Count | null,
  signal: AbortSignal,
): Promise<LoggedTries> {
  const wanted = workers?.seen ?? 1;
  let checks = 0;
  const notes: string[] = [];
  for (const way of tries.loggedWays) {
    const { route } = way.check;
    const words = `the old key was not tried in the URL of ${route}, which the server logs`;
    if (tries.throughProxy) {
      notes.push(`${words}: there is a proxy on the way`);
      continue;
    }
    const asked = new Set<string>();
    let unknown = 0;
    let [made, limited] = [0, false];
    for (let each = 0; each < mostConnections && made < wanted && !limited; each++) {
      const witness = count?.witness(way.check.id, (worker) => {
        const isNew = worker === null ? unknown === 0 : !asked.has(worker.id);
        if (isNew && worker === null) unknown++;
        else if (isNew && worker !== null) asked.add(worker.id);
        return isNew;
      });
      const met = await untilInterrupted(tries.present(way, witness?.watch), signal);
      if (witness?.declined === true) continue;
      made++;
      limited = met.limits;
      if (met.observed === "accept") return { acceptedBy: route, checks: checks + 1, note: null };
      if (met.observed === "refuse") checks++;
    }
    if (made < wanted) notes.push(`${words}, on ${wanted - made} of ${wanted} workers`);
  }
  return { acceptedBy: null, checks, note: notes.join("; ") || null };
}
