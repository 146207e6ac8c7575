import { isAbsolute } from "node:path";

import { KeywardError } from "../../core/errors.js";
import { identifyKey } from "../../keys/formats.js";
import { parseTarget } from "../../net/target.js";
import { findSystem } from "../../systems/list.js";
import type { Launch, System } from "../../systems/contract/system.js";
import { withFile } from "../../locations/with-file.js";
import { findLaunch } from "../which/launch.js";
import type { NamedServer } from "./settings-shape.js";

/**
 * The one rule for what a named server may be, on the command line and in the settings file.
 *
 * @param fields the rest of a {@link NamedServer}; what is absent is null
 * @throws KeywardError `usage`; the message never repeats an address or a word of the command
 */
export function checkServer(
  name: string,
  {
    system: systemName,
    url,
    file,
    variable,
    dialect,
    launch,
    restartCommand,
    ...others
  }: Readonly<Record<string, unknown>>,
): NamedServer {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    refuse("the name of a server is not made of letters, digits, dots, dashes and underscores", {
      hint: "for example: keyward server add lab --system jean2",
    });
  }
  const [other] = Object.keys(others);
  if (other !== undefined) refuse(`the server ${name} has nothing called ${JSON.stringify(other)}`);
  if (typeof systemName !== "string") return refuse(`the server ${name} has no system`);
  const system = findSystem(systemName);
  const server: NamedServer = {
    name,
    system: system.id,
    url: checkUrl(url ?? null, name),
    file: checkFile(file ?? null, name),
    variable: checkWord(variable ?? null, "variable", name),
    dialect: checkWord(dialect ?? null, "dialect", name),
    launch: checkLaunch(launch ?? null, name, system),
    restartCommand: checkCommand(restartCommand ?? null, name),
  };
  refuseSecrets(server);
  checkReader(server, system);
  return server;
}

function refuse(message: string, options: { hint?: string } = {}): never {
  throw new KeywardError("usage", message, options);
}

function checkUrl(url: unknown, name: string): string | null {
  if (url === null) return null;
  if (typeof url !== "string") return refuse(`the url of the server ${name} is not a string`);
  return parseTarget(url).url;
}

function checkFile(file: unknown, name: string): string | null {
  if (file === null) return null;
  if (typeof file === "string" && isAbsolute(file) && isPlain(file)) return file;
  return refuse(`the file of the server ${name} is not an absolute path`);
}

function checkWord(value: unknown, what: string, name: string): string | null {
  if (value === null || typeof value === "string") return value;
  return refuse(`the ${what} of the server ${name} is not a string`);
}

/** What `withFile` refuses is refused when the name is given, not when it is used. */
function checkReader({ name, file, variable, dialect }: NamedServer, system: System): void {
  if (file !== null) {
    withFile(system, {
      path: file,
      variable: variable ?? undefined,
      dialect: dialect ?? undefined,
    });
  } else if (variable !== null || dialect !== null) {
    refuse(`the server ${name} has a variable or a dialect, but no file`, {
      hint: "name the file with --file",
    });
  }
}

function checkLaunch(launch: unknown, name: string, system: System): Launch | null {
  if (launch === null) return null;
  if (typeof launch === "string") return findLaunch(system, launch);
  return refuse(`the launch of the server ${name} is not a string`);
}

function checkCommand(words: unknown, name: string): NamedServer["restartCommand"] {
  if (words === null) return null;
  if (!isWords(words)) {
    return refuse(`the restart command of the server ${name} is not a list of words`);
  }
  const [program, ...args] = words;
  if (program === undefined || program === "") {
    return refuse(`the restart command of the server ${name} names no program`, {
      hint: "end the line with it: --restart-command -- systemctl --user restart jean-server",
    });
  }
  return [program, ...args];
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string" && isPlain(word));
}

/** A control character would be shown on a terminal, and obeyed by it. */
function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** The settings are copied about and kept in repositories, as dotfiles are: no place for a key. */
function refuseSecrets({ name, url, restartCommand }: NamedServer): void {
  const places = {
    "its name": [name],
    "its url": url === null ? [] : url.split("/"),
    // `--token=K`, `Authorization: Bearer K`, `KEY='K' program`
    "its restart command": (restartCommand ?? []).flatMap((word) => word.split(/[\s=:;,'"`]/)),
  };
  for (const [place, parts] of Object.entries(places)) {
    if (!parts.some((part) => identifyKey(part) !== "unknown")) continue;
    refuse(`a named server holds no secret, and ${place} looks like a key`, {
      hint: "leave the key in the file that the server reads it from",
    });
  }
}
