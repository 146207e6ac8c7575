import { resolve } from "node:path";

import { aboutServer } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import type { Setting, System } from "../systems/contract/system.js";
import type { Trust } from "../net/connect.js";
import { parseTarget } from "../net/target.js";

/** Where a system's server is asked when no address is given. */
export interface DefaultUrl {
  readonly url: string;
  /** What says so: the file with the live address, or `settings`. */
  readonly source: string;
  /** For https: exactly the certificate that the server's settings name. */
  readonly trust: Trust | null;
}

/**
 * The address of the server on this machine: the running one's own word, else its settings, else
 * what it does without any.
 *
 * @param readSetting the value that the server gets for a setting, its default included
 * @throws KeywardError `malformed` when host and port are not an address, `unreadable` or `malformed`
 *   when the certificate cannot be read
 */
export function defaultUrl(
  system: System,
  machine: Machine,
  readSetting: (setting: Setting) => string,
): DefaultUrl {
  const { network } = system;
  const live = system.findLive(machine);
  const host = live?.host ?? readSetting(network.host);
  const port = live?.port ?? readPort(readSetting(network.port), network.port.default);
  const secure = network.tls !== null && readSetting(network.tls.enabled) === "true";
  const address = `${secure ? "https" : "http"}://${bracket(host)}:${port}`;
  return {
    url: parseSettings(address, system.title),
    source: live?.source ?? "settings",
    trust: secure ? readTrust(machine, readSetting(network.tls.certificate)) : null,
  };
}

/** As Jean2 reads one: the digits in front count, and what is no port is as good as none. */
function readPort(value: string, fallback: string): number {
  const port = Number.parseInt(value, 10);
  return port >= 1 && port <= 65_535 ? port : Number(fallback);
}

function bracket(host: string): string {
  if (host === "" || host === "*") return "0.0.0.0";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function parseSettings(address: string, title: string): string {
  try {
    return parseTarget(address).url;
  } catch (cause) {
    throw new KeywardError("malformed", `the settings of ${title} are not an address`, {
      hint: ["look at its host and port, or give the address: ", aboutServer("auth probe URL")],
      cause,
    });
  }
}

function readTrust(machine: Machine, file: string): Trust {
  const path = resolve(machine.cwd, file);
  const hint = "give the address and --ca FILE";
  if (file === "") {
    throw new KeywardError("malformed", "TLS is on, but the settings name no certificate", {
      hint,
    });
  }
  let pem: string;
  try {
    pem = machine.fs.readFileSync(path, "utf8");
  } catch (cause) {
    throw new KeywardError("unreadable", `cannot read the server's certificate ${path}`, {
      hint,
      cause,
    });
  }
  const first = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (first === undefined) {
    throw new KeywardError("malformed", `there is no certificate in ${path}`, { hint });
  }
  return { exact: Buffer.from(first, "base64") };
}
