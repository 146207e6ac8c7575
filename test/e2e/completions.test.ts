import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { binOf, linkBins } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openShell } from "../helpers/pty.js";

const completions = path.resolve(import.meta.dirname, "../../completions");

describe("the built program", () => {
  it.each(["keyward.bash", "_jarvis", "jean2.fish"])("prints completions/%s", (file) => {
    const shell = file.endsWith(".bash") ? "bash" : file.endsWith(".fish") ? "fish" : "zsh";
    const name = file.replace(/^_|\..*$/g, "");
    const argv = [binOf("keyward"), "completion", shell, "--for", name];
    const printed = execFileSync(process.execPath, argv, { encoding: "utf8" });
    expect(printed).toBe(fs.readFileSync(path.join(completions, file), "utf8"));
  });
});

/** A bash in a folder that holds one file, where the names are functions that say what they got. */
function openCompletingShell(read: string) {
  const home = temporaryFolder();
  fs.writeFileSync(path.join(home, "my key"), "");
  const shell = openShell([linkBins(path.join(home, ".bin"))], home);
  shell.type(
    `${read} && for n in keyward jean2; do eval "$n() { printf '<%s>' \\"\\$@\\"; echo; }"; done\r`,
  );
  return shell;
}

describe("TAB in bash", () => {
  it.each([
    ["eval", 'eval "$(keyward completion bash)"'],
    ["source", "source <(keyward completion bash)"],
    ["a file", `source '${path.join(completions, "keyward.bash")}'`],
  ])("completes keyward's words when read by %s", async (_way, read) => {
    const shell = openCompletingShell(read);
    for (const [keys, words] of [
      ["keyward au\tge\t", ["auth", "generate-key"]],
      ["keyward auth generate-key --fo\to\t", ["auth", "generate-key", "--format", "openjarvis"]],
      ["keyward auth generate-key --format=o\t", ["auth", "generate-key", "--format=openjarvis"]],
      ["keyward auth check --host ::1 --js\t", ["auth", "check", "--host", "::1", "--json"]],
      ["keyward auth check --host \tx", ["auth", "check", "--host", "x"]],
      ["keyward auth probe --key-f\tm\t", ["auth", "probe", "--key-file", "my key"]],
      ["keyward auth probe --key-file=m\t", ["auth", "probe", "--key-file=my key"]],
    ] as const) {
      shell.type(`${keys}\r`);
      const [, got] = await shell.waitFor(/\n<(.*)>\r/);
      expect(got?.split("><")).toEqual(words);
    }
  });

  it("leaves to the real jean2 what is not keyward's", async () => {
    const shell = openCompletingShell(
      `_jean2() { COMPREPLY=($(compgen -W "start stop" -- "$2")); }; complete -F _jean2 jean2; source '${path.join(completions, "jean2.bash")}'`,
    );
    for (const [keys, words] of [
      ["jean2 au\tch\t", ["auth", "check"]],
      ["jean2 sta\t", ["start"]],
      ["jean2 start sto\t", ["start", "stop"]],
      ["jean2 start m\t", ["start", "my key"]],
    ] as const) {
      shell.type(`${keys}\r`);
      const [, got] = await shell.waitFor(/\n<(.*)>\r/);
      expect(got?.split("><")).toEqual(words);
    }
  });
});
