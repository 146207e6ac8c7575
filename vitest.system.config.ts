import { defineConfig } from "vitest/config";

import { reportersFor } from "./vitest.config.js";

/** `npm run test:system`: needs root, and what .ci/run installs; it mounts, and acts as other users. */
export default defineConfig({
  test: {
    include: ["test/system/**/*.test.ts"],
    reporters: reportersFor("system"),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Mounts and users are the machine's, so one test at a time.
    fileParallelism: false,
  },
});
