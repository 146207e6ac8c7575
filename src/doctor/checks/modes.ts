import type { Finding } from "../../core/finding.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { groupName, primaryGroup, userName } from "../../core/accounts.js";
import { type FileFacts, findFile, tightenMode } from "../../files/file-checks.js";
import { formatMode } from "../../files/file-mode.js";
import { type Passed, walkPath } from "../../files/walk-path.js";
import type { Machine } from "../../core/machine.js";
import type { Subject } from "../subject.js";

/** Files with a key that others may read or change, and folders in which others may replace one. */
export function findOpenFiles(subject: Subject): Finding[] {
  const { machine, resolution } = subject;
  return resolution.states.flatMap(({ location, name, reading }) => {
    // Every user may read units and ask systemd about them: locations.ts says so.
    if (location.kind === "environment" || location.kind === "unit" || !reading.value) return [];
    const { target, facts } = findFile(name, machine);
    if (facts === null) return [];
    return [
      ...judgeMode(target, facts, machine),
      ...judgeOwner(target, facts, subject),
      ...walkPath(name, machine).folders.flatMap((folder) => judgeFolder(folder, name, machine)),
    ].map((finding) => ({ ...finding, location: name }));
  });
}

function judgeMode(target: string, facts: FileFacts, machine: Machine): Finding[] {
  const { mode, gid } = facts;
  const next = tightenMode(facts, machine);
  const wide = mode & ~next & 0o077;
  const group = groupName(gid, machine);
  if (wide === 0) {
    if ((mode & 0o040) === 0) return [];
    const message = `group ${group} may read ${target}, as a service of another user needs it`;
    return [{ id: "group-reads", severity: "info", message, fix: null }];
  }
  const who = (wide & 0o007) === 0 ? `group ${group}` : "other users of this machine";
  const what = (wide & 0o022) === 0 ? "read" : (wide & 0o044) === 0 ? "change" : "read and change";
  const message = `${target} has mode ${formatMode(mode)}, so ${who} can ${what} the key`;
  const fix = asOwner(facts.uid, ["chmod", formatMode(next), target], machine);
  return [{ id: "mode", severity: "warning", message, fix }];
}

function judgeOwner(
  target: string,
  facts: FileFacts,
  { machine, system, launch }: Subject,
): Finding[] {
  const { uid } = facts;
  const service = launch === "service" ? (system.serviceUser?.(machine) ?? null) : null;
  const owner = userName(uid, machine);
  const belongs =
    uid === 0 || uid === machine.user.uid || service === owner || service === String(uid);
  // Root looks after the files of others.
  if (belongs || machine.user.uid === 0) return [];
  const message = `${target} belongs to ${owner}, who can read and change the key`;
  const fix = `sudo ${quoteForShell(["chown", machine.user.name, target])}`;
  return [{ id: "owner", severity: "warning", message, fix }];
}

function judgeFolder({ path, stats }: Passed, file: string, machine: Machine): Finding[] {
  const { mode, uid, gid } = stats;
  // In a sticky folder such as /tmp others can add files, but not replace one.
  if ((mode & 0o1000) !== 0) return [];
  const group = (mode & 0o020) !== 0 && gid !== primaryGroup(uid, machine);
  const others = (mode & 0o002) !== 0;
  if (!others && !group) return [];
  const who = others ? "anybody" : `group ${groupName(gid, machine)}`;
  const message = `${who} may replace files in ${path}, ${file} too`;
  const fix = asOwner(uid, ["chmod", others ? "go-w" : "g-w", path], machine);
  return [{ id: "folder-open", severity: "warning", message, fix }];
}

function asOwner(uid: number, words: readonly string[], { user }: Machine): string {
  const line = quoteForShell(words);
  return uid === user.uid || user.uid === 0 ? line : `sudo ${line}`;
}
