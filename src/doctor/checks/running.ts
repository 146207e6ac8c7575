import type { Finding } from "../../core/finding.js";
import type { ProbeReport, Verdict } from "../../probe/report.js";
import { adviseMissing } from "./key.js";
import type { Subject } from "../subject.js";

/** What a probe of the running server comes to. That nobody answers is no finding. */
export function judgeRunning(
  { verdict, reason, url, findings }: Pick<ProbeReport, "verdict" | "reason" | "url" | "findings">,
  subject: Subject,
): readonly Finding[] {
  if (verdict === "unreachable") return [];
  const trouble = troubles[verdict];
  if (trouble === undefined) return findings;
  const message = `${url}: ${reason.message}`;
  return [{ id: `server-${verdict}`, message, ...trouble(subject) }, ...findings];
}

type Trouble = (subject: Subject) => Pick<Finding, "severity" | "fix">;

const troubles: Partial<Record<Verdict, Trouble>> = {
  // Without a key in the files that is no surprise, and told of already.
  open: (subject) =>
    subject.resolution.key === null
      ? { severity: "warning", fix: adviseMissing(subject) }
      : { severity: "error", fix: `restart the server, then: ${subject.spell("auth probe")}` },
  "key-rejected": ({ spell }) => ({
    severity: "warning",
    fix: `restart the server, then: ${spell("auth probe")}`,
  }),
  "wrong-service": ({ spell }) => ({ severity: "warning", fix: spell("auth probe") }),
  inconclusive: ({ spell }) => ({ severity: "warning", fix: spell("auth probe") }),
};
