import { aboutServer, type Hint } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import type { ProbeReport, Verdict } from "../../probe/report.js";
import { adviseMissing } from "./key.js";
import type { Subject } from "../subject.js";

/** What a probe of the running server comes to. That nobody answers is no finding. */
export function judgeRunning(
  { verdict, reason, url, findings }: Pick<ProbeReport, "verdict" | "reason" | "url" | "findings">,
  subject: Subject,
): readonly RawFinding[] {
  if (verdict === "unreachable") return [];
  const trouble = troubles[verdict];
  if (trouble === undefined) return findings;
  const message = `${url}: ${reason.message}`;
  return [{ id: `server-${verdict}`, message, ...trouble(subject) }, ...findings];
}

const restartAndProbe: Hint = ["restart the server, then: ", aboutServer("auth probe")];

type Trouble = (subject: Subject) => Pick<RawFinding, "severity" | "fix">;

const troubles: Partial<Record<Verdict, Trouble>> = {
  // Without a key in the files that is no surprise, and told of already.
  open: (subject) =>
    subject.resolution.key === null
      ? { severity: "warning", fix: adviseMissing(subject) }
      : { severity: "error", fix: restartAndProbe },
  "key-rejected": () => ({
    severity: "warning",
    fix: restartAndProbe,
  }),
  "wrong-service": () => ({ severity: "warning", fix: aboutServer("auth probe") }),
  inconclusive: () => ({ severity: "warning", fix: aboutServer("auth probe") }),
};
