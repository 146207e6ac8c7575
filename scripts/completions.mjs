// Writes completions/: what the built program prints for each of its names and each shell.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "completions");

/** The names by which the shells find them. */
const fileNames = {
  bash: (name) => `${name}.bash`,
  zsh: (name) => `_${name}`,
  fish: (name) => `${name}.fish`,
};

mkdirSync(folder, { recursive: true });
for (const name of ["keyward", "jarvis", "jean2"]) {
  for (const [shell, fileName] of Object.entries(fileNames)) {
    const argv = [join(root, "bin", "keyward.cjs"), "completion", shell, "--for", name];
    writeFileSync(join(folder, fileName(name)), execFileSync(process.execPath, argv));
  }
}
