import type { Step, StepListener, StepName } from "../../rotate/steps/steps.js";
import type { Context } from "../context.js";
import type { ProgramName, Reporter } from "../output.js";

const doing: Readonly<Record<StepName, string>> = {
  lock: "locking the file",
  read: "reading the key",
  check: "asking the server",
  copy: "copying the old bytes",
  make: "making a key",
  write: "writing it",
  restart: "restarting the server",
  wait: "waiting for it",
  prove: "proving the keys",
  commit: "tidying up",
  undo: "undoing",
};

/** How often the time of the current step is shown anew, in milliseconds. */
const everyMs = 100;

/** Shows the steps of a rotation as they go, on standard error. */
export interface Progress extends Required<StepListener> {
  /** Leaves the line of the current step clean. */
  stop(): void;
}

/**
 * On a terminal one line, with the current step and its time; elsewhere a line per step when it has
 * ended; with `--json` nothing.
 */
export function showProgress(
  name: ProgramName,
  { stderr, clock, env }: Pick<Context, "stderr" | "clock" | "env">,
  report: Pick<Reporter, "json" | "debug">,
): Progress {
  const debugStep = ({ name: step, ok, ms }: Step) =>
    report.debug(`${step} ${ok ? "done" : "failed"} in ${ms} ms`);
  const write = (text: string) => {
    try {
      stderr.write(text);
    } catch {
      // A terminal that was closed must not end the program from a timer.
    }
  };
  if (report.json) return { onStepStart: () => {}, onStep: debugStep, stop: () => {} };
  // A dumb terminal would show the codes that clear a line.
  if (!stderr.isTerminal || env["TERM"] === "dumb") {
    return {
      onStepStart: () => {},
      onStep({ name: step, ok, ms }) {
        write(`${name}: ${step} ${ok ? "done" : "failed"} in ${formatTime(ms)}\n`);
      },
      stop: () => {},
    };
  }
  let timer: NodeJS.Timeout | undefined;
  const clear = () => {
    clearInterval(timer);
    timer = undefined;
    write("\r\u001B[K");
  };
  return {
    onStepStart(step) {
      clearInterval(timer);
      const start = clock.monotonic();
      const draw = () => {
        const time = formatTime(clock.monotonic() - start);
        write(`\r\u001B[K${name}: ${step}: ${doing[step]} … ${time}`);
      };
      draw();
      timer = setInterval(draw, everyMs);
    },
    onStep(step) {
      clear();
      debugStep(step);
    },
    stop: clear,
  };
}

function formatTime(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}
