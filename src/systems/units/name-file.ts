import { join } from "node:path";

import { quoteForShell } from "../../core/shell-quote.js";
import { homeFolder } from "../../files/home-folder.js";
import type { Unit } from "./unit.js";

/**
 * What makes a unit read an env file that it does not name: a drop-in, as a command that runs as
 * printed and shows all of it.
 */
export function adviseNaming(unit: Unit, file: string): string {
  const { machine, scope } = unit;
  const isUser = scope === "user";
  const above = isUser ? join(homeFolder(machine), ".config/systemd/user") : "/etc/systemd/system";
  const folder = join(above, `${unit.unit}.d`);
  const sudo = isUser || machine.user.uid === 0 ? [] : ["sudo"];
  const systemctl = [...sudo, "systemctl", ...(isUser ? ["--user"] : [])];
  const write = quoteForShell(["printf", "%s\\n", "[Service]", `EnvironmentFile=${file}`]);
  return [
    quoteForShell([...sudo, "mkdir", "-p", folder]),
    `${write} | ${quoteForShell([...sudo, "tee", join(folder, "keyward.conf")])}`,
    quoteForShell([...systemctl, "daemon-reload"]),
    quoteForShell([...systemctl, "restart", unit.unit]),
  ].join(" && ");
}
