import type { Machine } from "../core/machine.js";

/** Files that container engines put into every container: Docker's and Podman's. */
const marks = ["/.dockerenv", "/run/.containerenv"];

/** Whether this runs in a container, as far as the usual marks tell. */
export function isInContainer(machine: Machine): boolean {
  // systemd-nspawn and Podman set the variable.
  return Boolean(machine.env["container"]) || marks.some((mark) => machine.fs.existsSync(mark));
}
