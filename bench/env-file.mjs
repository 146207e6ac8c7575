// One key in an env file of 10,000 lines, against the same command on a file of that line alone.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compare, show, time } from "./pairs.mjs";

const folder = mkdtempSync(join(tmpdir(), "keyward-bench-"));
const own = "JEAN2_AUTH_TOKEN=Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE\n";

function prepare(name, text) {
  const home = join(folder, name);
  mkdirSync(join(home, ".jean2"), { recursive: true });
  writeFileSync(join(home, ".jean2", ".env"), text, { mode: 0o600 });
  return () =>
    time([process.execPath, "bin/jean2.cjs", "token", "rotate"], { env: { HOME: home } });
}

try {
  const lines = Array.from({ length: 10_000 }, (_, i) => `VARIABLE_${i}="value ${i}" # note\n`);
  lines.splice(5000, 0, own);
  const long = prepare("long", lines.join(""));
  const short = prepare("short", own);
  show("token rotate in 10,000 lines", compare(long, short), "one line", 1.25);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
