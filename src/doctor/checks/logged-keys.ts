import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { RawFinding } from "../../core/finding.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { tightenMode } from "../../files/file-checks.js";
import { formatMode } from "../../files/file-mode.js";
import { type LogScan, mostLogBytes, scanLog } from "../scan-log.js";
import type { Subject } from "../subject.js";

/** Keys that stand in the server's own log, since it writes the addresses that it is asked for. */
export function findLoggedKeys(subject: Subject): RawFinding[] {
  const { system, machine, resolution } = subject;
  return (system.logs?.(machine) ?? []).flatMap((path) => {
    try {
      const scan = scanLog(path, resolution.key, machine);
      const findings = scan === null ? [] : judge(path, scan, subject);
      return findings.map((finding) => ({ ...finding, location: path }));
    } catch (error) {
      if (!(error instanceof KeywardError)) throw error;
      const { message } = error;
      return [{ id: "log-unreadable", severity: "info", message, fix: null, location: path }];
    }
  });
}

function judge(path: string, scan: LogScan, { machine }: Subject): RawFinding[] {
  const findings: RawFinding[] = [];
  const next = tightenMode(scan, machine);
  const isOpen = (scan.mode & ~next & 0o044) !== 0;
  const mode = `${formatMode(scan.mode)}${isOpen ? ", which others can read" : ""}`;
  const close = quoteForShell(["chmod", formatMode(next), path]);
  if (scan.count > 0) {
    const message = `the key in force stands in ${path} on ${listLines(scan)} (mode ${mode})`;
    const rotate = aboutServer("token rotate");
    const fix = isOpen ? [`${close} && `, rotate] : rotate;
    findings.push({ id: "key-in-log", severity: isOpen ? "warning" : "info", message, fix });
  }
  if (scan.others > 0) {
    const message = `${path} has other tokens on ${countLines(scan.others)} (mode ${mode}); none is the key in force`;
    findings.push({ id: "token-in-log", severity: "info", message, fix: isOpen ? close : null });
  }
  if (scan.cutOff) {
    const size = mostLogBytes / 1024 / 1024;
    const message = `${path} is so long that only its first ${size} MiB were looked at for keys`;
    findings.push({ id: "log-too-long", severity: "info", message, fix: null });
  }
  return findings;
}

function listLines({ lines, count }: LogScan): string {
  const word = count === 1 ? "line" : "lines";
  const more = count > lines.length ? ` and ${count - lines.length} more` : "";
  return `${word} ${lines.join(", ")}${more}`;
}

function countLines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}
