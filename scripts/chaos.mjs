// Kills rotations thousands of times: the real program at random times, and the library before every
// one of its effects. Every run has to end with one working key and nothing left over.
import { spawnSync } from "node:child_process";

const kills = process.argv[2] ?? "2000";
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "test/rotate/kill.test.ts", "test/e2e/rotate-kill.test.ts"],
  { stdio: "inherit", env: { ...process.env, KEYWARD_KILLS: kills } },
);
process.exitCode = status ?? 1;
