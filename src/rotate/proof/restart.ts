import { systemErrorCode } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { holdsSecret } from "../../net/redact.js";
import { Interrupted } from "../interrupt.js";
import { closeOutput, openOutput, type RestartOutput } from "./restart-output.js";

/** How a restart is run. */
export interface RestartRun {
  /** The program, by its absolute path, and its arguments: no shell reads them. */
  readonly command: readonly [string, ...string[]];
  readonly machine: Machine;
  /** The system's variable of the key, which must not come out of this environment. */
  readonly variable: string;
  readonly secrets: readonly string[];
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets what the program printed, without the lines that hold a secret. */
  readonly onOutput?: ((line: string) => void) | undefined;
}

/** How a restart command ended. It proves nothing: real ones say 0 while the old server survives. */
export interface RestartEnd {
  readonly ok: boolean;
  /** It said itself that it failed, and may do better a second time. */
  readonly failed: boolean;
  /** What to say of it: `/usr/bin/systemctl ended with status 1`. */
  readonly message: string;
}

/** How long a program that was told to stop may take. */
const graceMs = 5000;

/**
 * Runs the command that restarts a server, in the root folder: Jean2's runtime reads the `.env` of
 * the folder that `jean2 restart` is run in, and would take a key out of it.
 *
 * @throws Interrupted when somebody wants to stop; the command has ended by then
 */
export async function runRestart(run: RestartRun): Promise<RestartEnd> {
  const { command, machine, signal, timeoutMs, onOutput } = run;
  const [program, ...args] = command;
  const output = onOutput === undefined ? null : openOutput(machine);
  const stream = output?.fd ?? "ignore";
  try {
    const child = machine.childProcess().spawn(program, args, {
      cwd: "/",
      env: cleanEnvironment(run),
      stdio: ["ignore", stream, stream],
    });
    const kill = (name: NodeJS.Signals) => void child.kill(name);
    let late = false;
    let hard: NodeJS.Timeout | undefined;
    const stop = () => {
      kill("SIGTERM");
      hard ??= setTimeout(kill, graceMs, "SIGKILL");
    };
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, timeoutMs);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      // Not until its streams close: what it leaves running may keep them open.
      const [code, cause] = await new Promise<[number | null, NodeJS.Signals | null]>(
        (resolve, reject) => {
          child.once("error", reject);
          child.once("exit", (...end) => resolve(end));
        },
      );
      if (signal.aborted) throw new Interrupted();
      if (late) return explain(`${program} did not end in ${timeoutMs / 1000} s`);
      if (cause !== null) return explain(`${program} ended with signal ${cause}`);
      const ok = code === 0;
      return { ok, failed: !ok, message: `${program} ended with status ${code}` };
    } finally {
      clearTimeout(timer);
      clearTimeout(hard);
      signal.removeEventListener("abort", stop);
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return explain(`${program} cannot be started: ${code}`);
  } finally {
    if (output !== null) showOutput(output, run);
  }
}

function explain(message: string): RestartEnd {
  return { ok: false, failed: false, message };
}

/** The environment without any key, and without what is meant for keyward. */
export function cleanEnvironment({
  machine,
  variable,
  secrets,
}: Pick<RestartRun, "machine" | "variable" | "secrets">): NodeJS.ProcessEnv {
  // A bad old key of a few characters would be found in anything.
  const long = secrets.filter(({ length }) => length >= 8);
  const kept = Object.entries(machine.env).filter(([name, value = ""]) => {
    if (name === variable || name.startsWith("KEYWARD_")) return false;
    return !long.some((secret) => holdsSecret(value, secret));
  });
  return Object.fromEntries(kept);
}

function showOutput(output: RestartOutput, run: RestartRun): void {
  const { machine, secrets, onOutput } = run;
  const { text, keptAt } = closeOutput(output, machine);
  const isSecret = (words: string) => secrets.some((secret) => holdsSecret(words, secret));
  const lines = text.split("\n").slice(0, 100);
  // Folded, as `base64` and `fold` do it, no line holds the whole of it.
  const isFolded = isSecret(lines.filter((line) => !isSecret(line)).join("\n"));
  for (const line of isFolded ? [] : lines) {
    const plain = line.replaceAll(/[^\P{Cc}\t]/gu, "?").trimEnd();
    if (plain !== "") onOutput?.(isSecret(line) ? "(a line with a key)" : plain);
  }
  if (isFolded) onOutput?.("(lines with a key)");
  if (keptAt === null) return;
  const words = "what the command left running goes on writing, up to its next restart, to";
  onOutput?.(`(${words} ${keptAt})`);
}
