import { bun } from "./bun.js";
import { compose } from "./go/compose.js";
import { deno } from "./deno.js";
import type { Dialect } from "./dialect.js";
import { direnv } from "./go/direnv.js";
import { docker } from "./go/docker.js";
import { dotenv } from "./dotenv.js";
import { jean2Dialect } from "./jean2.js";
import { jeanInstaller } from "./jean-installer.js";
import { kubectl } from "./go/kubectl.js";
import type { DialectName } from "./names.js";
import { node20, node22 } from "./node.js";
import { podman } from "./go/podman.js";
import { pythonDotenv, pythonDotenvBefore123 } from "./python-dotenv.js";
import { systemd, systemdBefore254 } from "./systemd.js";

/**
 * The reader of each dialect, newest version first. An edit has to be read alike by all versions
 * that are still about; a plain reading asks the first.
 */
export const dialectTable: Readonly<Record<DialectName, readonly [Dialect, ...Dialect[]]>> = {
  jean2: [jean2Dialect],
  bun: [bun],
  dotenv: [dotenv],
  node20: [node20],
  node22: [node22],
  deno: [deno],
  "python-dotenv": [pythonDotenv, pythonDotenvBefore123],
  docker: [docker],
  podman: [podman],
  compose: [compose],
  kubectl: [kubectl],
  systemd: [systemd, systemdBefore254],
  direnv: [direnv],
  "jean-installer": [jeanInstaller],
};
