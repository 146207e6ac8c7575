import type { SystemDescription } from "../contract/description.js";
import { type About, locateDataFolder, locateFile } from "./files.js";
import { locatePidFile } from "./restart.js";
import { findService } from "./service.js";

/** Whether anything of the system is on this machine. @throws KeywardError as reading a unit does */
export function isShown(about: About): boolean {
  const { description, machine } = about;
  if (findService(description.service, machine) !== null) return true;
  if (description.shownBy.some((shown) => isThere(shown, about))) return true;
  const folder = description.dataFolder === undefined ? null : locateDataFolder(about);
  const paths = [folder, locatePidFile(description, about)];
  return paths.some((path) => path !== null && machine.fs.existsSync(path));
}

function isThere({ file, variable }: SystemDescription["shownBy"][number], about: About): boolean {
  const { fs } = about.machine;
  const path = locateFile(file, about);
  if (path === null) return false;
  if (variable === undefined) return fs.existsSync(path);
  try {
    const line = new RegExp(`^\\s*(?:export\\s+)?${variable}\\s*=`, "m");
    return line.test(fs.readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}
