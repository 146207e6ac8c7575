// Tries every case of the tests that try a sample in `npm test`: a rotation and a write killed before
// every one of their effects, two takers of a lock in every order, a rotation that was cut off and
// then repaired by hand in every way, servers of many workers, every hint typed as printed; and kills
// the real program, at random times, as often as it is told (2000). Every run has to end with one
// working key and nothing left over. Usage: npm run chaos [-- KILLS]
import { spawnSync } from "node:child_process";

const kills = process.argv[2] ?? "2000";
const { status } = spawnSync(
  "npx",
  [
    "vitest",
    "run",
    "test/rotate/kill.test.ts",
    "test/rotate/recover-table.test.ts",
    "test/rotate/proof/workers.test.ts",
    "test/e2e/hints.test.ts",
    "test/e2e/rotate-kill.test.ts",
    "test/files/safe-write-kill.test.ts",
    "test/files/lock.test.ts",
    "test/files/lock-interleaving.test.ts",
    "test/cli/canary.test.ts",
  ],
  { stdio: "inherit", env: { ...process.env, KEYWARD_CHAOS: "1", KEYWARD_KILLS: kills } },
);
process.exitCode = status ?? 1;
