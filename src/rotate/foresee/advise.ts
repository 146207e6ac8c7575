import type { Hint } from "../../core/hint.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { readFolder } from "../../processes/process.js";
import type { GivenOption } from "./find-forgotten.js";
import type { RunningServer } from "./find-running.js";
import type { ForeseenRestart } from "./foreseen-restart.js";

/** The rotation that restarts a server as it runs now, where its own restart does not. */
export function adviseAnew(
  { plan, machine }: ForeseenRestart,
  running: RunningServer,
  options: readonly GivenOption[],
): Hint {
  const { anew } = plan;
  if (anew === undefined) throw new TypeError("nothing starts it anew");
  const { pid, addresses, port } = running;
  const folder = pid === null ? null : readFolder(pid, machine);
  // It takes one alone: of several the one that reaches most.
  const host = addresses.find((each) => ["0.0.0.0", "::"].includes(each)) ?? addresses[0] ?? "";
  const given = options.flatMap(({ name, value }) => [name, value ?? "VALUE"]);
  const start = [anew.program, ...anew.start, anew.host, host, anew.port, String(port), ...given];
  const script = [
    ...(folder === null || folder === "/" ? [] : [quoteForShell(["cd", folder])]),
    quoteForShell([anew.program, ...anew.stop]),
    quoteForShell(start),
  ].join("; ");
  const words = ["token", "rotate", "--restart-command", "--", "sh", "-c", script];
  return ["restart it as it runs now: ", { words, about: "server" }];
}

/** How its settings and what runs come to agree, whichever of them is wanted. */
export function adviseSettings({ plan, machine }: ForeseenRestart): string {
  const sudo = plan.needsRoot && machine.user.uid !== 0 ? ["sudo"] : [];
  const command = quoteForShell([...sudo, plan.program, ...plan.args]);
  return `if it is to be as its settings say, restart it first: ${command}`;
}
