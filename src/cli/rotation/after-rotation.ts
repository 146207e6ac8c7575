import { KeywardError } from "../../core/errors.js";
import { isReference } from "../../keys/strength.js";
import { findRemains, type Remain, type Remains } from "../../rotate/leaks/remains.js";
import { adviseClients, type ClientAdvice } from "../../systems/contract/clients.js";
import type { KeyChange } from "./change-key.js";
import { chooseLaunch } from "../which/choose.js";
import type { Invocation } from "../command.js";
import { findDefaultUrl } from "../which/find-url.js";

/** What is to be known once a key was replaced. */
export interface Aftermath {
  /** What clients need; absent where nobody asks. */
  readonly clients?: ClientAdvice;
  /** Where a leaked key still stands. */
  readonly remains?: Remains;
}

/** Finds out what clients need, and where a leaked key still stands. */
export async function describeAftermath(
  invocation: Invocation,
  change: KeyChange,
  leaked: boolean,
): Promise<Aftermath> {
  const { system, rotation } = change;
  const { location } = rotation.report;
  const clients = await adviseOn(invocation, change);
  const isUnknown = leaked && isReference(rotation.oldKey);
  if (isUnknown) {
    invocation.report.warn("where the leaked key stands is not known: the file had a reference");
  }
  const remains =
    leaked && rotation.oldKey !== null && !isUnknown
      ? await findRemains(rotation.oldKey, location, system, invocation.context)
      : null;
  return { ...(clients !== null && { clients }), ...(remains !== null && { remains }) };
}

/** For people at a terminal, and for programs; a script's log needs no advice. */
async function adviseOn(
  invocation: Invocation,
  { system }: KeyChange,
): Promise<ClientAdvice | null> {
  const { context, report, server } = invocation;
  if (!report.json && !context.stderr.isTerminal) return null;
  try {
    const launch = chooseLaunch(system, invocation);
    const url = server?.url ?? (await findDefaultUrl(system, launch, context)).url;
    return adviseClients(system.clients, url, system.variable);
  } catch (error) {
    // The key is replaced: settings in disorder are another command's to tell of.
    if (error instanceof KeywardError) return null;
    throw error;
  }
}

/** The same as the JSON has it. */
export function listAftermath({ clients, remains }: Aftermath): Readonly<Record<string, unknown>> {
  return {
    ...(clients !== undefined && { clients }),
    ...(remains !== undefined && { remains: remains.places }),
  };
}

/** The same for people. */
export function showAftermath({ report }: Invocation, { clients, remains }: Aftermath): void {
  if (clients !== undefined) {
    report.note(`clients need the new key; ${clients.enter}`);
    for (const line of Object.values(clients.snippets)) report.note(`  ${line}`);
  }
  if (remains === undefined) return;
  const { places, notes } = remains;
  for (const place of places) report.warn(`the old key is still in ${describePlace(place)}`);
  for (const note of notes) report.note(note);
  if (places.length === 0) report.note("no other known place holds the old key");
}

function describePlace({ path, line, commit }: Remain): string {
  const where = line === null ? path : `${path}:${line}`;
  return commit === null ? where : `${where} of commit ${commit.slice(0, 12)}`;
}
