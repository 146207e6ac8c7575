// Looks at a million random keys of every format, and a hundred thousand passphrases with every
// separator: none may be taken for a placeholder or anything else that is not a key.
import { spawnSync } from "node:child_process";

const amount = process.argv[2] ?? "1000000";
const { status } = spawnSync("npx", ["vitest", "run", "test/keys/false-positives.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, KEYWARD_KEYS: amount },
});
process.exitCode = status ?? 1;
