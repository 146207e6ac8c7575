import * as fs from "node:fs";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** The built program's bin of that name, in this work tree. */
export function binOf(name: "keyward" | "jarvis" | "jean2"): string {
  return path.join(root, "bin", `${name}.cjs`);
}

/** A folder for the PATH in which the three names reach the bins of this work tree, as `npm link` makes it. */
export function linkBins(folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ["keyward", "jarvis", "jean2"] as const) {
    fs.symlinkSync(binOf(name), path.join(folder, name));
  }
  return folder;
}

/** Another copy of the built program with npm's links to it; gives the folder of the links. */
export function installCopy(prefix: string): string {
  const home = path.join(prefix, "lib/node_modules/keyward");
  for (const part of ["bin", "dist", "package.json"]) {
    fs.cpSync(path.join(root, part), path.join(home, part), { recursive: true });
  }
  const bin = path.join(prefix, "bin");
  fs.mkdirSync(bin);
  for (const name of ["keyward", "jarvis", "jean2"]) {
    fs.symlinkSync(`../lib/node_modules/keyward/bin/${name}.cjs`, path.join(bin, name));
  }
  return bin;
}
