import type { Machine } from "../../core/machine.js";
import { planGitRun } from "../../files/git.js";
import { TextSearch } from "./search-text.js";

/** A line that a commit added or took away. */
export interface GitHit {
  readonly commit: string;
  /** Below the folder of the repository. */
  readonly path: string;
  /** In the file after the commit; of a line that it took away, before it. */
  readonly line: number;
}

/** What was found in a repository. */
export interface GitSearch {
  /** The folder of the repository. */
  readonly root: string;
  readonly hits: readonly GitHit[];
  /** Why not all of it was looked at; null when it was. */
  readonly problem: string | null;
}

const mostHits = 100;
const longestMs = 120_000;

/**
 * Looks for a value in everything that the repository around a file ever held, stashes and lost
 * commits included. Git prints its changes, and they are searched here: the value is never an
 * argument. Null where there is no repository.
 */
export async function searchGit(
  path: string,
  value: string,
  machine: Machine,
): Promise<GitSearch | null> {
  const run = planGitRun(path, machine);
  if (run === null) return null;
  const { root, args, options } = run;
  const hits: GitHit[] = [];
  const diff = new DiffReader();
  const search = new TextSearch(
    value,
    () => {
      const hit = diff.place;
      if (hit !== null && hits.length < mostHits) hits.push(hit);
    },
    (line) => diff.read(line),
  );
  const words = ["log", "--all", "--reflog", "-p", "-m", "-U0", "--text", "--no-color"].concat(
    ["--no-ext-diff", "--no-textconv", "--no-renames", "--full-index", "--format=commit %H"],
    ["--src-prefix=a/", "--dst-prefix=b/"],
  );
  const problem = await new Promise<string | null>((resolve) => {
    const child = machine.childProcess().spawn("git", [...args, ...words], {
      ...options,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: longestMs,
    });
    child.stdout?.on("data", (chunk: Buffer) => search.feed(chunk));
    child.once("error", () => resolve("git could not be run"));
    child.once("close", (code) => {
      search.end();
      resolve(code === 0 ? null : `git ended with status ${code}`);
    });
  });
  return { root, hits, problem };
}

/** Follows the output of `git log -p -U0` line by line, and knows where its line belongs. */
class DiffReader {
  #commit = "";
  #old = "";
  #new = "";
  #oldLine = 0;
  #newLine = 0;
  /** Lines of the hunk that are still to come, which could look like anything. */
  #oldLeft = 0;
  #newLeft = 0;
  place: GitHit | null = null;

  read(line: string): void {
    this.place = null;
    if (this.#oldLeft > 0 && line.startsWith("-")) {
      this.#oldLeft -= 1;
      this.place = { commit: this.#commit, path: this.#old, line: this.#oldLine++ };
    } else if (this.#newLeft > 0 && line.startsWith("+")) {
      this.#newLeft -= 1;
      this.place = { commit: this.#commit, path: this.#new, line: this.#newLine++ };
    } else {
      this.#readHeader(line);
    }
  }

  #readHeader(line: string): void {
    const commit = /^commit ([0-9a-f]{40,64})$/.exec(line)?.[1];
    if (commit !== undefined) this.#commit = commit;
    else if (line.startsWith("--- ")) this.#old = readName(line, "a/");
    else if (line.startsWith("+++ ")) this.#new = readName(line, "b/");
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) return;
    this.#oldLine = Number(hunk[1]);
    this.#oldLeft = Number(hunk[2] ?? 1);
    this.#newLine = Number(hunk[3]);
    this.#newLeft = Number(hunk[4] ?? 1);
  }
}

function readName(line: string, prefix: string): string {
  const name = line.slice(4).replace(/\t$/, "");
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
