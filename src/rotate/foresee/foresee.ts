import { KeywardError } from "../../core/errors.js";
import { type Hint, joinHints } from "../../core/hint.js";
import { adviseAnew, adviseSettings } from "./advise.js";
import { findForgotten, type GivenOption } from "./find-forgotten.js";
import { findLost } from "./find-lost.js";
import { findRunning, type RunningServer } from "./find-running.js";
import type { ForeseenRestart } from "./foreseen-restart.js";
import { comesBackAt, predictAddress, spellAddress } from "./predict-address.js";

/**
 * Refuses a restart that cannot bring the server back as it runs now: in its process, at its address,
 * with its options and variables. Nothing has been changed yet. What the kernel does not tell, as
 * elsewhere than on Linux, refuses nothing: after the restart, proof is asked of the server itself.
 *
 * @throws KeywardError `unprovable`
 */
export async function foreseeRestart(restart: ForeseenRestart): Promise<void> {
  const { system, machine, plan } = restart;
  const running = findRunning(restart);
  if (running === null) return;
  const options = findForgotten(running.pid, plan, machine);
  await judgeAddress(restart, running, options);
  if (options.length > 0) {
    const names = options.map(({ name }) => name).join(" and ");
    const them = options.length === 1 ? "it" : "them";
    throw refuse(`${system.title} was started with ${names}, and a restart forgets ${them}`, {
      hint: adviseAnew(restart, running, options),
    });
  }
  const lost = findLost(running.pid, restart);
  if (lost.length === 0) return;
  const [are, theyAre, them] =
    lost.length === 1 ? ["is", "it is", "it"] : ["are", "they are", "them"];
  throw refuse(
    `${lost.join(" and ")} ${are} not the same here as in the environment of the running ${system.title}, and a restart from here would change that`,
    {
      hint: `run it where ${theyAre} set as ${system.title} has ${them}; or leave out --restart, and restart it yourself`,
    },
  );
}

async function judgeAddress(
  restart: ForeseenRestart,
  running: RunningServer,
  options: readonly GivenOption[],
): Promise<void> {
  const { system } = restart;
  const then = await predictAddress(restart);
  if (then === null) return;
  if (system.wouldStart(then.host, true) === false) {
    throw refuse(`a restart would end ${system.title}: it does not start on ${then.host}`, {
      hint: `correct the host in ${then.source}`,
    });
  }
  const isSame = then.port === running.port && comesBackAt(then.host, running.addresses) !== false;
  if (isSame && (then.secure === null || then.secure === running.secure)) return;
  const now = running.addresses.map((address) => spellAddress({ ...running, host: address }));
  const where = isSame
    ? `${then.secure === true ? "with" : "without"} TLS`
    : `on ${spellAddress(then)}`;
  throw refuse(
    `a restart would bring ${system.title} back ${where}, by ${then.source}, and it listens on ${now.join(" and ")} now`,
    {
      hint:
        restart.plan.anew === undefined
          ? adviseSettings(restart)
          : joinHints(adviseAnew(restart, running, options), `; or ${adviseSettings(restart)}`),
    },
  );
}

function refuse(message: string, options: { readonly hint: Hint }): KeywardError {
  return new KeywardError("unprovable", message, options);
}
