import { readOwner } from "../../processes/process.js";
import { compareVariable, listVariables } from "../../processes/variable.js";
import type { ForeseenRestart } from "./foreseen-restart.js";

/**
 * The variables that the server reads from its environment and that a restart from here would take
 * away or change, or of its own ones add: by their names. The key's is another matter: what the
 * server takes for it is asked afterwards.
 */
export function findLost(
  pid: number | null,
  { plan, system, machine }: ForeseenRestart,
): readonly string[] {
  const patterns = plan.inherits?.variables ?? [];
  if (pid === null || patterns.length === 0) return [];
  if (readOwner(pid, machine) !== machine.user.uid) return [];
  const names = listVariables(pid, machine);
  if (names === null) return [];
  const tests = patterns.map((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`));
  const isRead = (name: string) =>
    name !== system.variable && tests.some((test) => test.test(name));
  const prefix = `${system.variable.split("_")[0]}_`;
  const isOwn = (name: string) => name.startsWith(prefix) && Boolean(machine.env[name]);
  const changed = names.filter(isRead).filter((name) => {
    const state = compareVariable(pid, name, machine.env[name] ?? null, machine);
    return state === "different" || (state === "empty" && Boolean(machine.env[name]));
  });
  const added = Object.keys(machine.env).filter(
    (name) => isRead(name) && isOwn(name) && !names.includes(name),
  );
  return [...new Set([...changed, ...added])].sort();
}
