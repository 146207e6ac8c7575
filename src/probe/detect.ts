import type { Machine } from "../core/machine.js";
import { systems } from "../systems/list.js";
import type { ProbePlan } from "../systems/contract/probe-plan.js";
import type { System } from "../systems/contract/system.js";
import { type ProbeSession, startSession } from "./session.js";
import { identify, isRecognised, type Identification } from "./identify.js";
import type { ProbeReport } from "./report.js";
import type { Requester } from "../net/requester.js";
import { parseTarget } from "../net/target.js";
import type { Trust } from "../net/connect.js";
import { judgeVerdict } from "./verdict.js";

/** Which server is to be recognised. */
export interface DetectOptions {
  /** Its address, as `probe` takes it. */
  readonly url: string;
  readonly machine: Machine;
  readonly trust?: Trust;
  /** Milliseconds in all. @default 10000 */
  readonly timeoutMs?: number;
  readonly request?: Requester;
}

/** The system that was recognised; else a report that says what answers instead. */
export type Detected =
  | { readonly system: System; readonly report: null }
  | { readonly system: null; readonly report: ProbeReport };

/**
 * Finds out which system's server answers at an address, without a credential.
 *
 * @throws KeywardError `usage` for an address that is none
 * @example
 * const { system } = await detectSystem({ url: "http://127.0.0.1:8742", machine });
 */
export async function detectSystem(options: DetectOptions): Promise<Detected> {
  const target = parseTarget(options.url);
  const conversation = await startSession(target, options);
  const meetings = await meetAs(conversation, Object.values(systems));
  const found = pickSystem(meetings);
  if (found !== null) return { system: found, report: null };
  const best = meetings.find(({ met }) => met.first !== null) ?? meetings[0];
  if (best === undefined) throw new TypeError("there is no system to ask for");
  const { arrival, first } = best.met;
  const judged = judgeVerdict({ title: "a server that keyward knows", arrival, checks: [] });
  const report: ProbeReport = {
    url: target.url,
    address: first?.address ?? null,
    system: null,
    version: null,
    generation: null,
    ...judged,
    checks: [],
    findings: [],
  };
  return { system: null, report };
}

/**
 * The system, other than the expected one, whose server answers here; null where none does.
 *
 * @param address the address that has answered
 */
export async function detectOther(
  conversation: ProbeSession,
  expected: System["id"],
  address: string,
): Promise<System | null> {
  const others = Object.values(systems).filter(({ id }) => id !== expected);
  const target = { ...conversation.target, addresses: [address] };
  const now = conversation.clock.monotonic();
  // It is only for the name: the checks need the rest of the time.
  const deadline = now + (conversation.deadline - now) / 4;
  return pickSystem(await meetAs({ ...conversation, target, deadline }, others));
}

interface Candidate {
  readonly system: System;
  readonly plan: ProbePlan;
  readonly met: Identification;
}

function meetAs(conversation: ProbeSession, all: readonly System[]): Promise<Candidate[]> {
  return Promise.all(
    all.map(async (system) => {
      const plan = await system.loadProbe();
      return { system, plan, met: await identify(conversation, plan, []) };
    }),
  );
}

/** Marks that no other server bears come before an answer that only fits. */
function pickSystem(candidates: readonly Candidate[]): System | null {
  const fitting = candidates.filter(({ met }) => isRecognised(met));
  const marked = fitting.find(
    ({ plan, met }) => met.first !== null && plan.bearsMarks(met.first.answer),
  );
  return (marked ?? fitting[0])?.system ?? null;
}
