// How long commands take to start, against node with nothing to do.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compare, show, time } from "./pairs.mjs";

const home = mkdtempSync(join(tmpdir(), "keyward-bench-"));
const options = { env: { HOME: home }, mayFail: true };
const bare = () => time([process.execPath, "-e", "0"], options);
const run = (name, ...argv) => [process.execPath, `bin/${name}.cjs`, ...argv];

mkdirSync(join(home, ".jean2"));
writeFileSync(
  join(home, ".jean2", ".env"),
  "JEAN2_AUTH_TOKEN=Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE\n",
);

try {
  for (const [goal, command] of [
    [1.35, run("jean2", "auth", "generate-key")],
    [1.45, run("keyward", "--help")],
    [1.45, run("jean2", "auth", "check", "--host", "0.0.0.0")],
    // Loopback, and no key: it looks around for tunnels and proxies.
    [2, run("keyward", "--system", "openjarvis", "auth", "check")],
    [1.45, run("jean2", "auth", "status")],
    [1.45, run("jean2", "token", "rotate", "--dry-run")],
    [1.45, run("jean2", "token", "rotate")],
    [1.45, run("keyward", "completion", "bash")],
    // What a TAB waits for.
    [2, run("keyward", "__complete", "keyward", "auth", "probe", "--until", "")],
  ]) {
    const what = command.slice(1).join(" ").replace("bin/", "").replace(".cjs", "");
    show(
      what,
      compare(() => time(command, options), bare),
      "bare node",
      goal,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
