import * as fs from "node:fs";
import * as path from "node:path";

import { rolldown } from "rolldown";

const ROOT = path.resolve(import.meta.dirname, "../..");

/**
 * Makes a script that node runs by itself, outside the test runner, as any user. The TypeScript
 * given imports the library as `keyward:files/lock.js`, that is by its path in src.
 *
 * @returns the script's path, in `folder`
 */
export async function bundleScript(folder: string, name: string, source: string): Promise<string> {
  const entry = path.join(folder, `${name}.ts`);
  const file = path.join(folder, `${name}.mjs`);
  fs.writeFileSync(entry, source.replaceAll("keyward:", `${ROOT}/src/`));
  const bundle = await rolldown({
    input: entry,
    platform: "node",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    logLevel: "silent",
  });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  await bundle.close();
  fs.chmodSync(file, 0o644);
  return file;
}
