import * as nodePath from "node:path";

import { KeywardError, systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { homeOfUser } from "../core/accounts.js";
import { walkPath, type Walk } from "./walk-path.js";
import { quoteForShell } from "../core/shell-quote.js";

/** What git makes of a file. */
export interface GitStatus {
  /**
   * - `outside` of every work tree
   * - `ignored` in a work tree, and git passes it over
   * - `exposed` in a work tree, and the next `git add` would take it
   * - `tracked` git has it
   * - `unknown` there is a repository, but git could not be asked
   */
  readonly state: "outside" | "ignored" | "exposed" | "tracked" | "unknown";
  /** The file itself, symbolic links followed. */
  readonly target: string;
  /** The folder that holds `.git`; null outside. */
  readonly root: string | null;
  /** The line for `root`'s .gitignore that would make it `ignored`; null outside. */
  readonly ignoreLine: string | null;
  /** Why it is unknown; null otherwise. */
  readonly reason: string | null;
}

/**
 * Asks git about a file, which need not exist. Without a `.git` in any folder above it no process
 * is started. As root, git runs as the repository's owner, so that its settings can do no more
 * than that user could.
 *
 * @param path absolute; symbolic links are followed
 * @throws KeywardError as `walkPath`
 */
export function gitStatusOf(path: string, machine: Machine): GitStatus {
  const walk = walkPath(path, machine);
  const { target } = walk;
  const root = findRoot(walk, machine);
  const outside: GitStatus = {
    state: "outside",
    target,
    root: null,
    ignoreLine: null,
    reason: null,
  };
  if (root === null) return outside;
  const found = { target, root, ignoreLine: ignoreLineFor(root, target), reason: null };
  const git = prepareGit(walk, root, machine);

  const tracked = git(["--literal-pathspecs", "ls-files", "--error-unmatch", "--", target]);
  if (tracked.status === 0) return { ...found, state: "tracked" };
  if (tracked.status === 1) {
    const ignored = git(["check-ignore", "-q", "--", target]);
    if (ignored.status === 0) return { ...found, state: "ignored" };
    if (ignored.status === 1) return { ...found, state: "exposed" };
    return { ...found, state: "unknown", reason: ignored.reason };
  }
  if (tracked.reason.includes("not a git repository")) return outside;
  return { ...found, state: "unknown", reason: tracked.reason };
}

/**
 * What has to be said before a key goes to a file that git may take, in words.
 *
 * @throws KeywardError `tracked-by-git` when the file would be created where git takes it: replacing
 *   a key that is there already must stay possible, a leaked one above all
 */
export function judgeGit(status: GitStatus, creating: boolean): readonly string[] {
  const { state, target, root, ignoreLine, reason } = status;
  if (state === "outside" || state === "ignored") return [];
  if (state === "unknown") return [`cannot tell whether git tracks ${target}: ${reason}`];
  const what =
    state === "tracked"
      ? `${target} is tracked by git`
      : `${target} lies in a git work tree and is not ignored`;
  const line = `add the line ${ignoreLine} to ${nodePath.join(root ?? "/", ".gitignore")}`;
  const untrack = quoteForShell(["git", "-C", root ?? "/", "rm", "--cached", "--", target]);
  const remedy = state === "tracked" ? `${line}, and run: ${untrack}` : line;
  if (!creating) return [`${what}; ${remedy}`];
  throw new KeywardError("tracked-by-git", `${what}, so no key is put there`, { hint: remedy });
}

function findRoot(walk: Walk, machine: Machine): string | null {
  for (let at = nodePath.dirname(walk.target); ; at = nodePath.dirname(at)) {
    if (machine.fs.existsSync(nodePath.join(at, ".git"))) return at;
    if (at === "/") return null;
  }
}

/** Anchored at the root, with the characters that mean something in a pattern escaped. */
function ignoreLineFor(root: string, target: string): string {
  const path = nodePath.relative(root, target).replace(/[\\*?[]/gu, String.raw`\$&`);
  return `/${path.replace(/ +$/u, (blanks) => String.raw`\ `.repeat(blanks.length))}`;
}

/** How git is run in a repository: the arguments that go first, and where, as whom, with what. */
export interface GitRun {
  readonly args: readonly string[];
  readonly options: {
    readonly cwd: string;
    readonly env: Record<string, string | undefined>;
    readonly uid?: number;
    readonly gid?: number;
  };
}

/**
 * How git may be asked about the repository around a file; null outside of every work tree.
 *
 * @throws KeywardError as `walkPath`
 */
export function planGitRun(
  path: string,
  machine: Machine,
): (GitRun & { readonly root: string }) | null {
  const walk = walkPath(path, machine);
  const root = findRoot(walk, machine);
  return root === null ? null : { root, ...planGit(walk, root, machine) };
}

function planGit(walk: Walk, root: string, machine: Machine): GitRun {
  const owner = machine.user.uid === 0 ? ownerOf(root, machine) : null;
  const { HOME, XDG_CONFIG_HOME, PATH } = machine.env;
  const env = {
    // Nothing named GIT_ is handed on: it could name another repository, or a program to run.
    PATH: absoluteFolders(PATH),
    // Where the user's own ignore rules are.
    ...(owner === null
      ? { HOME, XDG_CONFIG_HOME }
      : { HOME: homeOfUser(owner.uid, machine) ?? "/" }),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
  const existing = walk.folders.findLast(({ path }) =>
    walk.target.startsWith(nodePath.join(path, "/")),
  );
  // What a hostile repository could make git run while it reads the index: monitor, hooks, pager, gpg.
  const safely = ["--no-optional-locks", "--no-pager"].concat(
    ["core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false"].flatMap(
      (setting) => ["-c", setting],
    ),
  );
  const args = ["-C", existing?.path ?? root, ...safely];
  return { args, options: { cwd: "/", env, ...owner } };
}

interface Answer {
  readonly status: number | null;
  /** Git's first line of complaint, or why it did not run. */
  readonly reason: string;
}

function prepareGit(
  walk: Walk,
  root: string,
  machine: Machine,
): (args: readonly string[]) => Answer {
  const { spawnSync } = machine.childProcess();
  const { args: before, options } = planGit(walk, root, machine);
  return (args) => {
    const run = spawnSync("git", [...before, ...args], {
      ...options,
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 10_000,
    });
    if (run.error) {
      const missing = systemErrorCode(run.error) === "ENOENT";
      return { status: null, reason: missing ? "git is not installed" : "git did not answer" };
    }
    const complaint = run.stderr.split("\n")[0] || `git ended with status ${run.status}`;
    return { status: run.status, reason: complaint.replace(/[^\x20-\x7e]/gu, "?") };
  };
}

function ownerOf(root: string, machine: Machine): { uid: number; gid: number } | null {
  const stats = machine.fs.statSync(nodePath.join(root, ".git"), { throwIfNoEntry: false });
  return stats && stats.uid !== 0 ? { uid: stats.uid, gid: stats.gid } : null;
}

/** An empty or relative entry would run a `git` out of the folder one happens to be in. */
function absoluteFolders(path: string | undefined): string {
  const folders = (path ?? "").split(":").filter((folder) => nodePath.isAbsolute(folder));
  return folders.join(":") || "/usr/local/bin:/usr/bin:/bin";
}
