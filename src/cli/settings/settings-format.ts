import { isUtf8 } from "node:buffer";

import { KeywardError } from "../../core/errors.js";
import { findKeys, hideKeys } from "../../keys/looks-like-key.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { findSystem } from "../../systems/list.js";
import { checkServer } from "./named-server.js";
import { indexServers, type NamedServer, type Settings } from "./settings-shape.js";

/** Raised when an older keyward would misread the file; that one then leaves it alone. */
const formatVersion = 1;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the bytes of a settings file. Whatever is not understood is refused, unknown names included,
 * so that writing the settings again never loses any of it.
 *
 * @throws KeywardError `malformed`, naming the file and the place in it, never a value
 */
export function parseSettings(bytes: Buffer, path: string): Settings {
  const refuse = (problem: string, cause?: unknown): never => {
    const shown = hideKeys(problem, findKeys(problem));
    throw new KeywardError("malformed", `${path} is not understood: ${shown}`, {
      hint: `fix it, or move it away: ${quoteForShell(["mv", path, `${path}.old`])}`,
      cause,
    });
  };
  const parsed = parseJson(bytes);
  if (parsed === undefined) return refuse("it is not JSON");
  if (!isFields(parsed)) return refuse("it is not a JSON object");
  const { version, defaultSystem = null, servers = {}, ...others } = parsed;
  if (typeof version === "number" && version > formatVersion) {
    throw new KeywardError(
      "malformed",
      `${path} was written by a newer keyward (its version ${version})`,
      {
        hint: "update this keyward",
      },
    );
  }
  if (version !== formatVersion) return refuse(`its version is not ${formatVersion}`);
  const [other] = Object.keys(others);
  if (other !== undefined) return refuse(`unknown name ${JSON.stringify(other)}`);
  if (!isFields(servers)) return refuse("servers is not an object");
  try {
    return {
      defaultSystem: defaultSystem === null ? null : findSystemId(defaultSystem),
      servers: indexServers(Object.entries(servers).map(([name, each]) => readServer(name, each))),
    };
  } catch (error) {
    if (error instanceof KeywardError) return refuse(error.message, error);
    throw error;
  }
}

/** The JSON value that {@link parseSettings} reads back as these settings. */
export function formatSettings({ defaultSystem, servers }: Settings): Record<string, unknown> {
  const named = Object.values(servers).map(({ name, ...fields }) => [name, fields]);
  return { version: formatVersion, defaultSystem, servers: Object.fromEntries(named) };
}

function readServer(name: string, fields: unknown): NamedServer {
  if (isFields(fields)) return checkServer(name, fields);
  throw new KeywardError(
    "usage",
    `the entry of the server ${JSON.stringify(name)} is not an object`,
  );
}

function findSystemId(name: unknown): Settings["defaultSystem"] {
  if (typeof name === "string") return findSystem(name).id;
  throw new KeywardError("usage", "defaultSystem is not a string");
}

/** Undefined for what is not JSON, or not even text: a lenient reader would lose bytes. */
function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
