// Builds dist/: the library (ESM and types, by tsc) and the command line (CommonJS chunks, by rolldown).
import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

import { collectLicences } from "./licences.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");

const built = join(root, "dist");
// What works is replaced only by what is whole.
const fresh = join(root, "dist.new");
rmSync(fresh, { recursive: true, force: true });

execFileSync(
  process.execPath,
  [
    join(dirname(typescript), "bin", "tsc"),
    "-p",
    "tsconfig.build.json",
    "--outDir",
    "dist.new/lib",
  ],
  {
    cwd: root,
    stdio: "inherit",
  },
);

/**
 * Commander requires node:child_process when it is loaded, for a feature that keyward does not use,
 * and that alone is a tenth of node's start.
 */
const lateChildProcess = {
  name: "late-child-process",
  transform(code, id) {
    if (!id.endsWith("/node_modules/commander/lib/command.js")) return null;
    const early = "const childProcess = require('node:child_process');\n";
    if (!code.includes(early)) throw new Error("commander loads child_process in another way now");
    return { code: code.replace(early, "") };
  },
};

const bundle = await rolldown({
  cwd: root,
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [lateChildProcess],
});
const { output } = await bundle.write({
  dir: join(fresh, "cli"),
  format: "cjs",
  exports: "named",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs",
  // Readable stacks matter more than bytes: minifying makes the start no faster.
  minify: false,
});
await bundle.close();
const moduleIds = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
writeFileSync(join(fresh, "cli", "THIRD-PARTY-LICENCES.txt"), collectLicences(moduleIds));

rmSync(built, { recursive: true, force: true });
renameSync(fresh, built);
