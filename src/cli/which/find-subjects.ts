import { cannotTell } from "../../doctor/examine.js";
import type { Subject } from "../../doctor/subject.js";
import { KeywardError } from "../../core/errors.js";
import { aboutServer } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import { systems } from "../../systems/list.js";
import type { System, SystemId } from "../../systems/contract/system.js";
import { pickSystem } from "./choose.js";
import type { Invocation } from "../command.js";
import { createSpeller, type Spell } from "../spell-hint.js";
import { programSystems } from "../output.js";
import type { NamedServer } from "../settings/settings-shape.js";
import { findPort } from "./look-at-live.js";
import { describeSubject } from "./subject.js";

/** A server to be looked at, or why it cannot be. */
export type Found = {
  /** Spells what is to be done about it. */
  readonly spell: Spell;
  /** Nothing shows it but that somebody listens on its port: that may be another program. */
  readonly shownBy?: "port";
} & (
  | { readonly subject: Subject }
  | {
      readonly subject: null;
      readonly system: SystemId;
      readonly title: string;
      readonly names: readonly string[];
      readonly failure: RawFinding;
    }
);

/**
 * The servers that a command without a server of its own is about: the one that its options name,
 * else every system that has files here, every named server, and every system on whose own port
 * somebody listens.
 *
 * @throws KeywardError `usage` for options that fit no system
 */
export async function findSubjects(
  invocation: Invocation,
  named: readonly NamedServer[],
): Promise<readonly Found[]> {
  const { name, options, server } = invocation;
  const isNamed = (programSystems[name] ?? options.system ?? options.file) !== undefined;
  const isChosen = server !== null || isNamed;
  if (isChosen) return [await find(invocation, await pickSystem(invocation))];
  if (options.launch !== undefined) {
    throw new KeywardError("usage", "--launch wants one server, and none is named", {
      hint: "name it with --system or --server",
    });
  }
  const found: Found[] = [];
  for (const server of named) found.push(await findNamed(server, invocation));
  for (const system of Object.values<System>(systems)) {
    const isHere = tellHere(system, invocation);
    if (isHere === true) found.push(await find(invocation, system));
    else if (isHere !== false) found.push(isHere);
    else if (!isKnown(system, found) && (await listensHere(system, invocation))) {
      found.push({ ...(await find(invocation, system)), shownBy: "port" });
    }
  }
  return merge(found);
}

async function findNamed(server: NamedServer, invocation: Invocation): Promise<Found> {
  const about = { ...invocation, server };
  try {
    return await find(about, await pickSystem(about));
  } catch (error) {
    return fail({ id: server.system, title: server.system }, about, error);
  }
}

async function find(invocation: Invocation, system: System): Promise<Found> {
  try {
    const subject = await describeSubject(invocation, system);
    const file = invocation.server?.file ?? invocation.options.file ?? null;
    if (!subject.isLocal && file === null) return leaveRemote(subject, invocation);
    return { subject, spell: createSpeller(invocation, system.id) };
  } catch (error) {
    return fail(system, invocation, error);
  }
}

/** What stands here says nothing of another machine's server. */
function leaveRemote({ system, names, urls }: Subject, invocation: Invocation): Found {
  const failure: RawFinding = {
    id: "not-probed",
    // Asked about every server, it has answered for all that are here.
    severity: invocation.options.server === undefined ? "info" : "warning",
    message: `${system.title} at ${urls.join(" and ")} is on another machine, and was not asked`,
    fix: ["ask it: ", aboutServer("auth probe")],
  };
  const spell = createSpeller(invocation, system.id);
  return { subject: null, system: system.id, title: system.title, names, failure, spell };
}

function fail(system: Pick<System, "id" | "title">, invocation: Invocation, error: unknown): Found {
  const { id, title } = system;
  const names = invocation.server === null ? [] : [invocation.server.name];
  const spell = createSpeller(invocation, system.id);
  return { subject: null, system: id, title, names, failure: cannotTell(error), spell };
}

function isKnown({ id }: System, found: readonly Found[]): boolean {
  return found.some(
    (each) => (each.subject?.system.id ?? ("system" in each ? each.system : "")) === id,
  );
}

/** Somebody listens where the system's server would; who, only the answer to a question tells. */
async function listensHere(system: System, { context }: Invocation): Promise<boolean> {
  const { listListeners } = await import("../../processes/socket-table.js");
  const port = await findPort(system, context, system.detectLaunch(context));
  return port !== null && (listListeners(context, port) ?? []).length > 0;
}

function tellHere(system: System, invocation: Invocation): boolean | Found {
  try {
    return system.isHere(invocation.context);
  } catch (error) {
    return fail(system, invocation, error);
  }
}

/** Names for one and the same server, and the server that is known by its files, are one. */
function merge(found: readonly Found[]): readonly Found[] {
  const bySource = new Map<string, Found>();
  for (const [index, each] of found.entries()) {
    const source = each.subject === null ? String(index) : sourceOf(each.subject);
    const same = bySource.get(source);
    if (each.subject === null || !same?.subject) {
      bySource.set(source, each);
      continue;
    }
    const names = [...same.subject.names, ...each.subject.names];
    const urls = [...same.subject.urls, ...each.subject.urls];
    const isLocal = same.subject.isLocal || each.subject.isLocal;
    bySource.set(source, { ...same, subject: { ...same.subject, names, urls, isLocal } });
  }
  return [...bySource.values()];
}

function sourceOf({ system, launch, resolution }: Subject): string {
  return [system.id, launch, ...resolution.states.map(({ name }) => name)].join("\n");
}
