import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

/** `npm test`: needs no root and no extra package. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**", "test/run/fixtures/**"],
    globalSetup: "test/run/leftovers.ts",
    setupFiles: "test/run/each-file.ts",
    reporters: reportersFor("test"),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most tests wait for processes and servers, so each core takes two workers.
    maxWorkers: 2 * availableParallelism(),
  },
});

/** CI adds up the counts of several runs, and reads them from files. */
export function reportersFor(run: string) {
  const folder = process.env["KEYWARD_TEST_REPORTS"];
  if (folder === undefined) return ["default"];
  return ["default", ["json", { outputFile: `${folder}/${run}.json` }]] as [
    "default",
    ["json", { outputFile: string }],
  ];
}
