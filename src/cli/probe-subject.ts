import { cannotTell } from "../doctor/examine.js";
import { judgeRunning } from "../doctor/running.js";
import type { Subject } from "../doctor/subject.js";
import type { Finding } from "../finding.js";
import { probe } from "../probe/probe.js";
import type { Verdict } from "../probe/report.js";
import { parseTarget } from "../probe/target.js";
import type { Invocation } from "./command.js";
import { findDefaultUrl } from "./find-url.js";
import { findProbeKey } from "./key-source.js";

/** What came of asking the server that runs here. */
export interface Asked {
  readonly url: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

const patience = 5000;

/**
 * Asks a server on loopback whether it enforces its key; null where there is none to ask. The key
 * goes only where `auth probe` would send it.
 */
export async function probeSubject(
  subject: Subject,
  invocation: Invocation,
): Promise<Asked | null> {
  const { system, launch, machine, isLocal, resolution } = subject;
  const { context, report } = invocation;
  if (!isLocal || resolution.states.length === 0) return null;
  const named = subject.urls.find((url) => parseTarget(url).loopback);
  try {
    const found = named === undefined ? await findDefaultUrl(system, launch, machine) : null;
    const { url, loopback } = parseTarget(named ?? found?.url ?? "");
    if (!loopback) {
      report.note(`${url} is not asked, since it is not on loopback`);
      return null;
    }
    // Ways to bring another key are no options of the doctor's.
    const { key, source, listener } = await findProbeKey(system, launch, {
      ...invocation,
      options: {},
    });
    report.debug(`asking ${url} with ${key === null ? "no key" : `the ${source} key`}`);
    const answer = await probe({
      system,
      url,
      key,
      machine,
      request: context.request,
      timeoutMs: patience,
      policy: { source },
      listener,
      trust: found?.trust ?? {},
    });
    return { url, verdict: answer.verdict, findings: judgeRunning(answer, subject) };
  } catch (error) {
    return {
      url: named ?? "",
      verdict: "inconclusive",
      findings: [{ ...cannotTell(error), id: "not-probed" }],
    };
  }
}
