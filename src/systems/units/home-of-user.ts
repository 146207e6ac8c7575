import { KeywardError } from "../../errors.js";
import type { Machine } from "../../machine.js";

/**
 * The home folder that systemd gives a service of this user.
 *
 * @param user a name or number
 * @throws KeywardError `no-home` when the password file does not list the user
 */
export function homeOfUser(user: string, machine: Machine): string {
  const entry = readAccounts(machine).find(([name, , uid]) => name === user || uid === user);
  const home = entry?.[5];
  if (home !== undefined && home !== "") return home;
  throw new KeywardError(
    "no-home",
    `the home folder of ${user}, who runs the service, is unknown`,
    {
      hint: "name it in the unit: Environment=HOME=…",
    },
  );
}

function readAccounts({ fs }: Machine): string[][] {
  try {
    const text = fs.readFileSync("/etc/passwd", "utf8");
    return text.split("\n").map((line) => line.split(":"));
  } catch {
    return [];
  }
}
