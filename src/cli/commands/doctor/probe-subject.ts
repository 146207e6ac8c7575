import { aboutServer } from "../../../core/hint.js";
import { cannotTell } from "../../../doctor/examine.js";
import { judgeRunning } from "../../../doctor/checks/running.js";
import type { Subject } from "../../../doctor/subject.js";
import type { RawFinding } from "../../../core/finding.js";
import { isReference } from "../../../keys/strength.js";
import { probe } from "../../../probe/probe.js";
import type { Verdict } from "../../../probe/report.js";
import { parseTarget } from "../../../net/target.js";
import type { System } from "../../../systems/contract/system.js";
import type { Invocation } from "../../command.js";
import type { Spell } from "../../spell-hint.js";
import { findDefaultUrl } from "../../which/find-url.js";
import { findProbeKey } from "../../input/key-source.js";

/** What came of asking the server that runs here. */
export interface Asked {
  readonly url: string;
  readonly verdict: Verdict;
  readonly findings: readonly RawFinding[];
}

const patience = 5000;

/** What is missing to ask a server that no system is known of; null where nothing is. */
function nameUnknown(
  { title, hasNoAddress, hasNoProbe }: System,
  [url]: readonly string[],
): RawFinding | null {
  const missing = [
    ...(hasNoAddress === true && url === undefined ? ["its address"] : []),
    ...(hasNoProbe === true ? ["its validate endpoint"] : []),
  ];
  if (missing.length === 0) return null;
  return {
    id: "not-probed",
    severity: "warning",
    message: `${title} was not asked who gets in: ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not known`,
    fix: ["ask it: ", aboutServer("auth probe")],
  };
}
/** What a reference stands for is not known; an open server is known without. */
const noKey = { key: null, source: "stored", listener: "anybody" } as const;

/**
 * Asks a server on loopback whether it enforces its key; null where there is none to ask. The key
 * goes only where `auth probe` would send it.
 */
export async function probeSubject(
  subject: Subject,
  invocation: Invocation,
  spell: Spell,
): Promise<Asked | null> {
  const { system, launch, machine, isLocal, resolution } = subject;
  const { context, report } = invocation;
  const named = subject.urls.find((url) => parseTarget(url).loopback);
  const unknown = nameUnknown(system, subject.urls);
  if (unknown !== null) return { url: named ?? "", verdict: "inconclusive", findings: [unknown] };
  if (!isLocal || resolution.states.length === 0) return null;
  try {
    const found = named === undefined ? await findDefaultUrl(system, launch, machine) : null;
    const { url, loopback } = parseTarget(named ?? found?.url ?? "");
    if (!loopback) {
      report.note(`${url} is not asked, since it is not on loopback`);
      return null;
    }
    // Ways to bring another key are no options of the doctor's.
    const { key, source, listener } = isReference(resolution.key)
      ? noKey
      : await findProbeKey(system, launch, { ...invocation, options: {} });
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
      spell,
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
