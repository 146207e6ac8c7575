import type { DialectName } from "./dialect.js";
import { bun } from "./bun.js";
import { compose } from "./compose.js";
import type { Dialect } from "./dialect.js";
import { docker } from "./docker.js";
import { dotenv } from "./dotenv.js";
import { jean2 } from "./jean2.js";
import { jeanInstaller } from "./jean-installer.js";
import { systemd, systemdBefore254 } from "./systemd.js";

/**
 * The reader of each dialect, newest version first. An edit has to be read alike by all versions
 * that are still about; a plain reading asks the first.
 */
export const dialectTable: Readonly<Record<DialectName, readonly [Dialect, ...Dialect[]]>> = {
  jean2: [jean2],
  bun: [bun],
  dotenv: [dotenv],
  docker: [docker],
  compose: [compose],
  systemd: [systemd, systemdBefore254],
  "jean-installer": [jeanInstaller],
};
