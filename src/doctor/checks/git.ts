import * as nodePath from "node:path";

import { aboutServer } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { type GitStatus, gitStatusOf } from "../../files/git.js";
import type { Subject } from "../subject.js";

/** Files with a key that git has, or would take with the next `git add`. */
export function findGitExposure({ machine, resolution }: Subject): RawFinding[] {
  return resolution.states.flatMap(({ location, name, reading }) => {
    if (location.kind === "environment" || !reading.value) return [];
    const found = judge(gitStatusOf(name, machine));
    return found === null ? [] : [{ ...found, location: name }];
  });
}

function judge(status: GitStatus): RawFinding | null {
  const { state, target, root, ignoreLine, reason } = status;
  if (root === null || ignoreLine === null || state === "ignored") return null;
  const ignore = `printf '%s\\n' ${quoteForShell([ignoreLine])} >> ${quoteForShell([nodePath.join(root, ".gitignore")])}`;
  if (state === "tracked") {
    const untrack = quoteForShell(["git", "-C", root, "rm", "--cached", "--", target]);
    return {
      id: "git-tracked",
      severity: "error",
      message: `${target} is tracked by git: whoever has a copy of the repository has the key`,
      fix: [`${ignore} && ${untrack} && `, aboutServer("token rotate")],
    };
  }
  if (state === "exposed") {
    const message = `${target} lies in a git work tree and is not ignored: the next git add takes it`;
    return { id: "git-exposed", severity: "warning", message, fix: ignore };
  }
  const message = `cannot tell whether git tracks ${target}: ${reason}`;
  return { id: "git-unknown", severity: "info", message, fix: null };
}
