import { aboutServer, type Hint } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { userName } from "../../core/accounts.js";
import { readPid } from "../../systems/describe/pid-file.js";
import { type Interrupt, untilInterrupted } from "../interrupt.js";
import { cleanEnvironment } from "./restart.js";
import { askServer, type ServerState, type Server } from "./server.js";

/**
 * What the server is before its key is changed.
 *
 * - `current` it takes the key of the file and nothing else
 * - `stale` it has another key than the file, which was changed since it started
 * - `open` it lets everybody in
 * - `stopped` nothing listens there, and nobody says that it runs
 */
export type Condition = "current" | "stale" | "open" | "stopped";

/** How it is told whether the program that restarts a server knows of one that runs. */
export type Knowledge =
  /** It keeps the process id in a file, as a number or in JSON under `pid`. */
  | { readonly pidFile: string }
  /** This command ends with status 0 while the server runs. */
  | { readonly command: readonly [string, ...string[]] };

/** What {@link checkBeforeChange} goes by. */
export interface CheckOptions {
  readonly server: Server;
  /** What the file holds; null for no key. */
  readonly oldKey: string | null;
  readonly knowledge: Knowledge | null;
  readonly interrupt: Interrupt;
}

/**
 * Finds out whether a restart can be seen through to its proof. Nothing has been changed yet.
 *
 * @returns the server's condition, and what is to be said of it unless it is proven to be past
 * @throws KeywardError `unprovable`, and what `probe` throws; Interrupted
 */
export async function checkBeforeChange(
  options: CheckOptions,
): Promise<{ readonly condition: Condition; readonly note: string | null }> {
  const { server, oldKey, knowledge, interrupt } = options;
  const runs = knowledge === null ? null : isKnownToRun(knowledge, server, oldKey);
  const said = await untilInterrupted(askServer(server, oldKey), interrupt.first);
  const condition = judgeCondition(said, oldKey, runs, server);
  if (condition === "stopped") {
    return { condition, note: `${server.system.title} does not run, and is not started` };
  }
  if (runs === false) throw startedElsewhere(server);
  return { condition, note: describe(condition, server) };
}

function judgeCondition(
  said: ServerState,
  oldKey: string | null,
  runs: boolean | null,
  server: Server,
): Condition {
  switch (said.verdict) {
    case "enforced":
      return "current";
    case "open":
      return "open";
    case "key-rejected":
      return "stale";
    case "closed":
      // With a key in the file this says that the key was kept at home.
      if (oldKey === null) return "stale";
      throw unprovable(server, `no key is sent to ${server.url}`, {
        hint: [
          "name the server: ",
          aboutServer("server add NAME --url URL"),
          ", then use that name with --server",
        ],
      });
    case "unreachable":
      if (said.code === "connection-refused" && runs !== true) return "stopped";
      break;
    default:
  }
  throw unprovable(server, `${server.url}: ${said.message}`, {
    hint: [
      "see what answers there: ",
      aboutServer("auth probe"),
      "; or leave out --restart, and restart it yourself",
    ],
  });
}

function describe(condition: Condition, { system }: Server): string | null {
  if (condition === "open") return `before this, ${system.title} let everybody in`;
  if (condition !== "stale") return null;
  return `before this, ${system.title} had another key than the file, which was changed since it started`;
}

function startedElsewhere({ url, system }: Server): KeywardError {
  return new KeywardError(
    "unprovable",
    `a ${system.title} answers at ${url}, but what would restart it does not know of it`,
    { hint: "restart it as it was started, or say with --launch or --restart-command how" },
  );
}

function unprovable({ system }: Server, why: string, options: { hint: Hint }): KeywardError {
  const message = `what a restart of ${system.title} does could not be proven: ${why}`;
  return new KeywardError("unprovable", message, options);
}

function isKnownToRun(
  knowledge: Knowledge,
  { machine, system }: Server,
  oldKey: string | null,
): boolean {
  if ("command" in knowledge) {
    const { variable } = system;
    const [program, ...args] = knowledge.command;
    const { status } = machine.childProcess().spawnSync(program, args, {
      cwd: "/",
      env: cleanEnvironment({ machine, variable, secrets: oldKey === null ? [] : [oldKey] }),
      stdio: "ignore",
      timeout: 10_000,
    });
    return status === 0;
  }
  const pid = readPid(knowledge.pidFile, machine);
  if (pid === null || !machine.isRunning(pid)) return false;
  refuseForeignProcess(pid, machine);
  return true;
}

/** Jean2 takes another user's process for a dead one, and deletes its pid file. */
function refuseForeignProcess(pid: number, machine: Machine): void {
  const { user, fs } = machine;
  const uid = fs.statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? user.uid;
  if (user.uid === 0 || uid === user.uid) return;
  const owner = userName(uid, machine);
  throw new KeywardError("unprovable", `the running server belongs to ${owner}`, {
    hint: `run it as that user: sudo -u ${owner} …`,
  });
}
