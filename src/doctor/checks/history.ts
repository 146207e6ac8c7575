import type { Finding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { historyFile } from "../../rotate/journal/history.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { formatMode } from "../../files/file-mode.js";

/** A history that others can read, which tells when keys were changed, or can change. */
export function findOpenHistory(machine: Machine): Finding[] {
  const path = historyFile(machine);
  const stats = machine.fs.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.mode & 0o077) === 0) return [];
  const can = (stats.mode & 0o022) === 0 ? "read" : "change";
  const message = `${path} has mode ${formatMode(stats.mode & 0o7777)}, so others can ${can} the history of keys`;
  const fix = quoteForShell(["chmod", "0600", path]);
  return [{ id: "history-mode", severity: "warning", message, fix, location: path }];
}
