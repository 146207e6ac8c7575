import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { testCli } from "../../helpers/run-cli.js";

const folder = path.resolve(import.meta.dirname, "../../../completions");

const files = ["keyward", "jarvis", "jean2"].flatMap((name) => [
  { file: `${name}.bash`, shell: "bash", name },
  { file: `_${name}`, shell: "zsh", name },
  { file: `${name}.fish`, shell: "fish", name },
]);

describe("completions/", () => {
  it.each(files)("$file is what the commands say now", async ({ file, shell, name }) => {
    const { stdout } = await testCli().run("keyward", "completion", shell, "--for", name);
    const kept = readFileSync(path.join(folder, file), "utf8");
    expect(kept === stdout, `completions/${file} is stale: npm run completions`).toBe(true);
  });

  it("holds nothing else", () => {
    expect(readdirSync(folder).sort()).toEqual(files.map(({ file }) => file).sort());
  });
});
