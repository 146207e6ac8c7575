import { networkInterfaces } from "node:os";

import type { Command } from "commander";

import { checkBindSafety } from "../../bind/check.js";
import { isInContainer } from "../../bind/container.js";
import { KeywardError } from "../../errors.js";
import { createReferenceServer } from "../../server/reference.js";
import { resolveKey } from "../../stores/resolve.js";
import type { System } from "../../systems/system.js";
import { chooseSystem, spellCommand } from "../choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import type { ProgramName } from "../output.js";

interface ServeOptions extends CommonOptions {
  readonly host: string;
  readonly port?: string;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--host <host>", "the address to listen on", "127.0.0.1")
    .option("--port <port>", "the port; 0 takes a free one; the system's own if absent")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} serve --system jean2`, "speak as Jean2 does, with the key that it would read"],
        [`${name} serve --system jean2 --port 0`, "on a free port, which is printed"],
      ]),
    );
}

/** Listens until Ctrl-C. What it starts is a foreground launch, so it reads the key as one would. */
export async function run(invocation: Invocation<ServeOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const system = await chooseSystem(invocation);
  if (system.id !== "jean2" && system.id !== "openjarvis") {
    throw new KeywardError("usage", `there is no reference server of ${system.title}`, {
      hint: "one of: jean2, openjarvis",
    });
  }
  const port = readPort(options.port, system);
  const { key, effective } = await resolveKey(system, context, "foreground");
  await checkBindSafety(options.host, {
    key,
    fix: spellCommand(invocation, system, "auth generate-key --write"),
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
    port,
  });
  const server = createReferenceServer({ system: system.id, key, clock: context.clock });
  const { url } = await server.listen({ host: options.host, port });
  report.note(
    key === null
      ? `no key is set, so ${system.title} asks for none`
      : `asking for the key in ${effective?.name}`,
  );
  context.stdout.write(`${url}\n`);
  report.note("Ctrl-C stops it");
  await waitForEnd(invocation);
  await server.close();
  return exit.ok;
}

function readPort(text: string | undefined, system: System): number {
  const port = Number(text ?? system.network.port.default);
  if (/^\d+$/.test(text ?? "0") && port <= 65_535) return port;
  throw new KeywardError("usage", `--port takes a number from 0 to 65535, got ${text}`, {
    hint: "0 takes a free one",
  });
}

function waitForEnd({ context }: Invocation): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      context.process.on(signal, resolve);
    }
  });
}
