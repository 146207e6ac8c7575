import { networkInterfaces } from "node:os";

import { type Command, Option } from "commander";

import { adviseCommand } from "../../keys/advise.js";
import { decideServerBind } from "../../locations/decide-server-bind.js";
import { isInContainer } from "../../hosts/container.js";
import { KeywardError } from "../../core/errors.js";
import { generateKey } from "../../keys/generate.js";
import { createReferenceServer, type ReferenceServer } from "../../reference-server/reference.js";
import { type KeyResolution, resolveKey } from "../../locations/resolve-key.js";
import type { Release } from "../../systems/contract/server-side.js";
import { type ServableSystem, servableSystems } from "../../systems/list.js";
import type { System } from "../../systems/contract/system.js";
import { chooseSystem } from "../which/choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import { findTls } from "../which/find-tls.js";
import type { ProgramName } from "../output.js";
import { watchInterrupt } from "../watch-interrupt.js";

interface ServeOptions extends CommonOptions {
  readonly host: string;
  readonly port?: string;
  readonly release?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Milliseconds that requests under way have after Ctrl-C. */
const drainMs = 10_000;

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--host <host>", "the address to listen on", "127.0.0.1")
    .option("--port <port>", "the port; 0 takes a free one; the system's own if absent")
    .addOption(
      new Option(
        "--release <release>",
        "another release than the current one, as the system has it",
      )
        .choices([...new Set(Object.values(servableSystems).flatMap(listReleases))])
        // Which system it is decides, and with a better message.
        .argParser(String),
    )
    .option("--tls-cert <file>", "speak TLS, with this certificate (PEM)")
    .option("--tls-key <file>", "and this private key; the system's own variables if absent")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} serve --system jean2`, "speak as Jean2 does, with the key that it would read"],
        [`${name} serve --system jean2 --port 0`, "on a free port, which is printed"],
        [`${name} serve --system jean2 --tls-cert agent.crt --tls-key agent.key`, "over TLS"],
        [`${name} serve --system haip --release documented`, "as HAIP's documentation has it"],
      ]),
    );
}

/** Listens until Ctrl-C. What it starts is a foreground launch, so it reads the key as one would. */
export async function run(invocation: Invocation<ServeOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const system = await chooseSystem(invocation);
  const port = readPort(options.port, system);
  const resolution = await resolveKey(system, context, "foreground");
  const key = takeKey(resolution, system);
  const release = chooseRelease(system, options.release);
  const { safe, reason, hint } = await decideServerBind({
    host: options.host,
    resolution,
    fix: adviseCommand(resolution.key),
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
    port,
  });
  if (safe !== true) {
    const code = safe === null ? "cannot-be-told" : "unsafe-bind";
    throw new KeywardError(code, reason.message, hint === undefined ? {} : { hint });
  }
  const tls = await findTls(invocation, system);
  const server = createReferenceServer({
    system: release.system,
    release: release.name,
    key,
    clock: context.clock,
    ...(tls && { tls }),
  });
  const { url } = await server.listen({ host: options.host, port });
  for (const note of describeKey(release, key, resolution, system)) report.note(note);
  context.stdout.write(`${url}\n`);
  report.note("Ctrl-C stops it");
  return waitForEnd(invocation, server);
}

/** The key that the real server would ask for; where that would make up one of its own, so do we. */
function takeKey({ key, authentication }: KeyResolution, system: System): string | null {
  return key === null && authentication === "on" ? generateKey(system.keyFormat) : key;
}

/** @throws KeywardError `usage` for a system or release that there is no server of */
function chooseRelease(system: System, wanted = "current") {
  const { id } = system;
  if (id === "generic") {
    throw new KeywardError("usage", "there is no reference server of a generic system", {
      hint: `one of: ${Object.keys(servableSystems).join(", ")}`,
    });
  }
  const servable = servableSystems[id];
  const release = servable.serverSide.releases.find(({ name }) => name === wanted);
  if (release !== undefined) return { ...release, system: id };
  throw new KeywardError("usage", `there is no release ${wanted} of ${system.title}`, {
    hint: `one of: ${listReleases(servable).join(", ")}`,
  });
}

function listReleases({ serverSide }: ServableSystem): string[] {
  return serverSide.releases.map(({ name }) => name);
}

/** What decides who gets in, a line each. */
function describeKey(
  { note, ignoresKey, withoutKey }: Release,
  asked: string | null,
  { key, effective }: KeyResolution,
  { title }: System,
): string[] {
  const notes = note === undefined ? [] : [note];
  if (ignoresKey) return notes;
  if (key !== null) return [`asking for the key in ${effective?.name}`, ...notes];
  if (asked !== null) {
    return [`no key is set, so it asks for one that nobody knows, as ${title} would`, ...notes];
  }
  return [withoutKey ?? `no key is set, so ${title} asks for none`, ...notes];
}

function readPort(text: string | undefined, system: System): number {
  const port = Number(text ?? system.network.port.default);
  if (/^\d+$/.test(text ?? "0") && port <= 65_535) return port;
  throw new KeywardError("usage", `--port takes a number from 0 to 65535, got ${text}`, {
    hint: "0 takes a free one",
  });
}

/** The first Ctrl-C lets requests under way finish, the second does not. */
async function waitForEnd({ context, report }: Invocation, server: ReferenceServer) {
  const interrupt = watchInterrupt(context.process, (which) => {
    if (which === "first")
      report.note("finishing open requests; press Ctrl-C again to stop at once");
  });
  await once(interrupt.first);
  const drained = server.close({ withinMs: drainMs });
  void once(interrupt.second).then(() => server.close({ withinMs: 0 }));
  await drained;
  interrupt.stop();
  const { accepted, refused, broken } = server.getCounts();
  report.note(`accepted ${accepted}, refused ${refused}, could not read ${broken}`);
  return interrupt.second.aborted ? exit.cancelled : exit.ok;
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
