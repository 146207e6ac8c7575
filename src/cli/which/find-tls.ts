import { resolve } from "node:path";

import { KeywardError } from "../../core/errors.js";
import type { TlsMaterial } from "../../serving/listening.js";
import { demandSetting } from "../../locations/resolve-key.js";
import type { System } from "../../systems/contract/system.js";
import type { CommonOptions, Invocation } from "../command.js";
import { readInputFile } from "../input/input-file.js";

/** The two files of a server that speaks TLS. */
export interface TlsOptions extends CommonOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/**
 * What a server started from this shell speaks TLS with: the files of the options, else those of the
 * system's own settings; undefined where neither wants TLS.
 *
 * @throws KeywardError `usage` for one option without the other, `malformed` for settings that name
 *   no file, `not-found`, `unreadable`
 */
export async function findTls(
  { context, options }: Invocation<TlsOptions>,
  { title, network }: System,
): Promise<TlsMaterial | undefined> {
  const { tlsCert, tlsKey } = options;
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return { cert: readPem(tlsCert, context), key: readPem(tlsKey, context) };
  }
  if (tlsCert !== undefined || tlsKey !== undefined) {
    throw new KeywardError("usage", "--tls-cert and --tls-key go together");
  }
  const { tls } = network;
  const read = async (name: "enabled" | "certificate" | "privateKey") =>
    tls === null ? "" : await demandSetting("the TLS settings", tls[name], context, "foreground");
  // Anything but this very word leaves it off, as in Jean2.
  if ((await read("enabled")) !== "true") return undefined;
  const [cert, key] = [await read("certificate"), await read("privateKey")];
  if (cert !== "" && key !== "") {
    return { cert: readPem(cert, context), key: readPem(key, context) };
  }
  const missing = cert === "" ? "certificate" : "private key";
  throw new KeywardError(
    "malformed",
    `${title} is to speak TLS, and no file of the ${missing} is set`,
    {
      hint: "set both, or say --tls-cert and --tls-key",
    },
  );
}

function readPem(file: string, { cwd, fs }: Invocation["context"]): Buffer {
  return readInputFile(resolve(cwd, file), "the TLS file", { fs });
}
