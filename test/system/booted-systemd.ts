import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { onTestFinished } from "vitest";

/** A systemd that is the first process of its own namespace, with units of its own in /run. */
export interface BootedSystemd {
  /** Runs a command beside it, and gives what it printed; fails when the command does. */
  run(command: string, mayFail?: boolean): string;
}

/** Files that a manager wants to be its own: /run and the control groups. Units are not the machine's. */
const prepare = `
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/systemd/system
umount -R /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
printf '[Unit]\\nDefaultDependencies=no\\nAllowIsolate=yes\\n' > /run/systemd/system/tested.target
exec env container=other /lib/systemd/systemd --system --unit=tested.target >/dev/null 2>&1
`;

/** Boots it, and waits until it is up; it ends with the test, and all that it has started. */
export async function bootSystemd(): Promise<BootedSystemd> {
  const argv = ["--kill-child=KILL", "-p", "-f", "-m", "-C", "--mount-proc", "sh", "-e", "-c"];
  const child = spawn("unshare", [...argv, prepare], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const beside = (command: string) =>
    spawnSync("nsenter", [...enter(child), "sh", "-e", "-c", command], {
      encoding: "utf8",
      timeout: 20_000,
    });
  for (let tries = 0; ; tries++) {
    const { stdout } = beside("systemctl is-system-running");
    if (/^(?:running|degraded)$/.test(stdout.trim())) break;
    if (tries > 100 || child.exitCode !== null) throw new Error("systemd did not come up");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    run(command, mayFail = false) {
      const { status, stdout, stderr } = beside(command);
      if (status !== 0 && !mayFail) throw new Error(`${command}: ${status}\n${stdout}${stderr}`);
      return stdout + stderr;
    },
  };
}

/** The first process of the new namespace is the only child of the one that made it. */
function enter({ pid }: ChildProcess): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return ["-t", children.split(" ")[0] ?? "", "-m", "-p", "-C"];
}
