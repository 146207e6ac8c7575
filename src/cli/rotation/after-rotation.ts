import { KeywardError } from "../../core/errors.js";
import { countsAsKey, isReference } from "../../keys/strength.js";
import { findCopies, findRemains, type Remain, type Remains } from "../../rotate/leaks/remains.js";
import { adviseClients, type ClientAdvice } from "../../systems/contract/clients.js";
import type { KeyChange } from "./change-key.js";
import { chooseLaunch } from "../which/choose.js";
import type { Invocation } from "../command.js";
import { findDefaultUrl } from "../which/find-url.js";
import { reportRotation, type RotationExtras } from "./show-rotation.js";

type SpelledAdvice = ClientAdvice & { readonly enter: string };

/** What is to be known once a key was replaced. */
interface Aftermath {
  /** What clients need; absent where nobody asks. */
  readonly clients?: SpelledAdvice;
  /** Where the old key still stands; absent where it was not looked for. */
  readonly remains?: Remains;
}

/**
 * Where the old key is looked for: wherever it may have leaked to, where it may still be in use, or
 * nowhere, since it is to be kept.
 */
export type OldKeySearch = "leaks" | "copies" | "none";

/** Reports a key that was replaced, with what clients need and where the old one still stands. */
export async function reportWithAftermath(
  invocation: Invocation,
  change: KeyChange,
  search: OldKeySearch,
): Promise<number> {
  const clients = await adviseOn(invocation, change);
  const remains = await searchOldKey(invocation, change, search);
  const aftermath = {
    ...(clients !== null && { clients }),
    ...(remains !== null && { remains }),
  };
  const code = await reportRotation(invocation, change, listAftermath(aftermath));
  showAftermath(invocation, aftermath, search);
  return code;
}

async function searchOldKey(
  { context, report }: Invocation,
  { system, rotation }: KeyChange,
  search: OldKeySearch,
): Promise<Remains | null> {
  const { oldKey } = rotation;
  const { location } = rotation.report;
  if (search === "none" || oldKey === null) return null;
  if (isReference(oldKey)) {
    if (search === "leaks") {
      report.warn("where the leaked key stands is not known: the file had a reference");
    }
    return null;
  }
  if (search === "leaks") return findRemains(oldKey, location, system, context);
  // What stands in documentation stands in many files.
  return countsAsKey(oldKey) ? findCopies(oldKey, location, system, context) : null;
}

/** For people at a terminal, and for programs; a script's log needs no advice. */
async function adviseOn(
  invocation: Invocation,
  { system }: KeyChange,
): Promise<SpelledAdvice | null> {
  const { context, report, server } = invocation;
  if (!report.json && !context.stderr.isTerminal) return null;
  try {
    const launch = chooseLaunch(system, invocation);
    const url = server?.url ?? (await findDefaultUrl(system, launch, context)).url;
    const advice = adviseClients(system.clients, url, system.variable);
    return { ...advice, enter: report.spell(advice.enter) };
  } catch (error) {
    // The key is replaced: settings in disorder are another command's to tell of.
    if (error instanceof KeywardError) return null;
    throw error;
  }
}

/** The same as the JSON has it. */
function listAftermath({ clients, remains }: Aftermath): RotationExtras {
  return {
    ...(clients !== undefined && { clients }),
    ...(remains !== undefined && { remains: remains.places }),
  };
}

/** The same for people. */
function showAftermath(
  { report }: Invocation,
  { clients, remains }: Aftermath,
  search: OldKeySearch,
): void {
  if (clients !== undefined) {
    report.note(`clients need the new key; ${clients.enter}`);
    for (const line of Object.values(clients.snippets)) report.note(`  ${line}`);
  }
  if (remains === undefined) return;
  const { places, notes } = remains;
  const isLeak = search === "leaks";
  for (const place of places) {
    const message = `the old key is still in ${describePlace(place)}`;
    if (isLeak) report.warn(message);
    else report.note(message);
  }
  for (const note of notes) report.note(note);
  if (isLeak && places.length === 0) report.note("no other known place holds the old key");
}

function describePlace({ path, line, commit }: Remain): string {
  const where = line === null ? path : `${path}:${line}`;
  return commit === null ? where : `${where} of commit ${commit.slice(0, 12)}`;
}
