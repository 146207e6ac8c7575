import { resolve } from "node:path";

import { type Command, Option } from "commander";

import { KeywardError } from "../../core/errors.js";
import type { Trust } from "../../net/connect.js";
import { createGenericSystem } from "../../systems/generic/generic.js";
import { parseJsonCondition } from "../../systems/generic/generic-probe.js";
import type { System } from "../../systems/contract/system.js";
import type { CommonOptions } from "../command.js";
import type { Context } from "../context.js";
import { readInputFile } from "./input-file.js";

/** How a generic server is asked, by its options. */
export type GenericServerOptions = Pick<CommonOptions, "path" | "transport" | "acceptJson">;

/** Declares the options of {@link GenericServerOptions}. */
export function declareGeneric(command: Command): Command {
  return command
    .option("--path <path>", "generic: the endpoint that says whether a key is good")
    .addOption(
      new Option("--transport <how>", "generic: how the key travels").choices(["bearer", "query"]),
    )
    .option("--accept-json <name=value>", "generic: the value of the answer that accepts");
}

/**
 * A generic system as the options describe it; any other one as it is.
 *
 * @throws KeywardError `usage` for a generic one without a path, and for its options with any other
 */
export function describeGeneric(system: System, options: GenericServerOptions): System {
  const { path, transport, acceptJson } = options;
  if (system.id !== "generic") {
    if (path === undefined && transport === undefined && acceptJson === undefined) return system;
    throw new KeywardError(
      "usage",
      `--path, --transport and --accept-json are for --system generic; ${system.title}'s are known`,
    );
  }
  if (path === undefined) {
    throw new KeywardError("usage", "a generic server is asked at its validate endpoint", {
      hint: "name it, for example: --path /validate",
    });
  }
  const asked = createGenericSystem({
    path,
    transport: transport ?? "bearer",
    acceptJson: acceptJson === undefined ? undefined : parseJsonCondition(acceptJson),
  });
  // Where its key is has been said already.
  const { hasNoProbe: _, ...rest } = system;
  return { ...rest, loadProbe: () => asked.loadProbe() };
}

/**
 * The same where it may be left out, because nobody may have to be asked.
 *
 * @throws KeywardError `usage`
 */
export function describeAsked(system: System, options: GenericServerOptions): System {
  const { path, transport, acceptJson } = options;
  const isSaid = [path, transport, acceptJson].some((option) => option !== undefined);
  return isSaid ? describeGeneric(system, options) : system;
}

/** Whom to trust, by the options. */
export interface TrustOptions {
  readonly ca?: string;
  readonly insecure?: boolean;
}

/**
 * Null where no option says whom to trust.
 *
 * @throws KeywardError `usage` for both at once, `unreadable`
 */
export function readTrust({ ca, insecure }: TrustOptions, { fs, cwd }: Context): Trust | null {
  if (insecure === true) {
    if (ca === undefined) return { insecure: true };
    throw new KeywardError("usage", "--ca and --insecure cannot be used together");
  }
  if (ca === undefined) return null;
  const pem = readInputFile(resolve(cwd, ca), "the certificate file", { fs });
  return { ca: pem.toString("utf8") };
}
