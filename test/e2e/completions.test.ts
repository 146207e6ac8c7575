import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { completeInBash } from "../helpers/complete-in-bash.js";
import { prepareCompletionHome } from "../helpers/completion-home.js";
import { binOf } from "../helpers/installation.js";
import { openShell } from "../helpers/pty.js";

const script = path.resolve("completions/keyward.bash");

describe("the built program", () => {
  it.each([
    ["bash", "keyward.bash"],
    ["zsh", "_keyward"],
    ["fish", "keyward.fish"],
  ])("prints the script of %s", (shell, file) => {
    const argv = [binOf("keyward"), "completion", shell];
    const printed = execFileSync(process.execPath, argv, { encoding: "utf8", cwd: "/" });
    expect(printed).toBe(fs.readFileSync(path.resolve("completions", file), "utf8"));
  });
});

describe("the script of bash", () => {
  it.each([
    ["keyward a", "auth"],
    ["keyward auth", "auth"],
    ["keyward auth  ge", "generate-key"],
    ["keyward bogus ", ""],
    ["keyward auth check --js", "--json"],
    ["keyward auth probe http://127.0.0.1:8742/x --key-s", "--key-stdin"],
    ["keyward auth generate-key --format=", "openjarvis base64url"],
    ["keyward auth generate-key --format=b", "base64url"],
    ["keyward --server ", "lab"],
    ["keyward --server l", "lab"],
    ['keyward --server "l', "lab"],
    ["keyward --server='l", "lab"],
    ["keyward --server x", ""],
    ["keyward auth check --host ", ""],
    ["keyward auth probe --key-file ", "(files)"],
    ["keyward auth probe --key-file=k", "(files)"],
    ["keyward run -- jean", "jean2"],
    ["keyward run -- ./my", "(files)"],
    ["keyward run -- jean2 my", "(files)"],
    ["jean2 ", "auth token"],
    ["jean2 t", "token"],
    ["jean2 st", "(files)"],
    ["jean2 -", "(files)"],
    ["jean2 start auth ch", "(files)"],
    ["jean2 --json auth ch", "(files)"],
    ["jean2 auth ch", "check"],
    ["jean2 auth status --server=", "lab"],
    ["jarvis auth status --server=", ""],
    ["jarvis token ", "rotate set show history"],
  ])("completes %j to %j", (line, words) => {
    const { home, bin } = prepareCompletionHome();
    const setUp = `PATH='${bin}:/bin'; source '${script}'`;
    expect(completeInBash({ setUp, bin, home }, line).join(" ")).toBe(words);
  });

  it("reads a line only up to the cursor", () => {
    const where = { ...prepareCompletionHome(), setUp: `source '${script}'` };
    expect(completeInBash(where, "keyward auth gen", "erate --json")).toEqual(["generate-key"]);
    expect(completeInBash(where, "keyward ", "auth check")).toContain("token");
  });

  it("offers nothing, and says nothing, where keyward is not there", () => {
    const { home } = prepareCompletionHome();
    const where = { setUp: `source '${script}'; PATH=/bin`, bin: "/bin", home };
    expect(completeInBash(where, "keyward ")).toEqual([]);
  });

  const others = [
    ["a function", `complete -o nospace -F _real jean2`, "start stop"],
    ["words", `complete -W "start 'stop'" jean2`, "start stop"],
    ["a program", `complete -C _program jean2`, "start stop"],
    [
      "what is read at the first TAB",
      `__load_completion() { complete -F _real $1; }`,
      "start stop",
    ],
    ["nothing", ``, "(files)"],
  ];

  it.each(others)("leaves other words of jean2 to %s", (_what, real, words) => {
    const setUp = `
      _real() { [[ $1 == jean2 ]] && COMPREPLY=($(compgen -W "start stop" -- "$2")); }
      _program() { [[ -n $COMP_LINE ]] && printf '%s\\n' start stop; }
      ${real}
      source '${script}'
      # Read twice, as by a new login within a login, it still does not ask itself.
      source '${script}'`;
    const where = { ...prepareCompletionHome(), setUp };
    expect(completeInBash(where, "jean2 st").join(" ")).toBe(words);
    expect(completeInBash(where, "jean2 run st").join(" ")).toBe(words);
    expect(completeInBash(where, "jean2 auth st").join(" ")).toBe("status");
    const first = [...(words === "(files)" ? [] : [words]), "auth token"].join(" ");
    expect(completeInBash(where, "jean2 ").join(" ")).toBe(first);
  });

  it("leaves a command after -- to bash-completion, where that is", () => {
    const setUp = `
      _command_offset() { COMPREPLY=("offset-$1"); }
      source '${script}'`;
    const where = { ...prepareCompletionHome(), setUp };
    expect(completeInBash(where, "keyward run --system=jean2 -- jean2 st")).toEqual(["offset-6"]);
  });

  it("completes one program alone, if asked", () => {
    const { home, bin } = prepareCompletionHome();
    const only = `eval "$(keyward completion bash --for keyward)"; complete -p keyward jean2 2>&1; true`;
    const env = { HOME: home, PATH: `${bin}:${process.env["PATH"]}` };
    const printed = execFileSync("bash", ["--norc", "-c", only], { env, encoding: "utf8" });
    expect(printed).toContain("complete -o default -F _keyward keyward\n");
    expect(printed).toContain("jean2: no completion specification");
  });
});

/** A bash in a folder that holds one file, where the names are functions that say what they got. */
function openCompletingShell(read: string) {
  const { home, bin } = prepareCompletionHome();
  const shell = openShell([bin], home);
  shell.type(
    `${read} && for n in keyward jean2; do eval "$n() { printf '<%s>' \\"\\$@\\"; echo; }"; done\r`,
  );
  return shell;
}

describe("TAB in bash", () => {
  it.each([
    ["eval", 'eval "$(keyward completion bash)"'],
    ["source", "source <(keyward completion bash)"],
    ["a file", `source '${script}'`],
    ["a file, with other signs as parts of a word", `COMP_WORDBREAKS=" "; source '${script}'`],
  ])("completes keyward's words when read by %s", async (way, read) => {
    const shell = openCompletingShell(read);
    for (const [keys, words] of [
      ["keyward au\tge\t", ["auth", "generate-key"]],
      ["keyward auth generate-key --fo\to\t", ["auth", "generate-key", "--format", "openjarvis"]],
      ["keyward auth generate-key --format=o\t", ["auth", "generate-key", "--format=openjarvis"]],
      ["keyward auth check --host ::1 --js\t", ["auth", "check", "--host", "::1", "--json"]],
      ["keyward auth check --host \tx", ["auth", "check", "--host", "x"]],
      ["keyward auth status --server=l\t", ["auth", "status", "--server=lab"]],
      ["keyward auth probe --key-f\tm\t", ["auth", "probe", "--key-file", "my key"]],
      ["keyward auth probe --key-file=m\t", ["auth", "probe", "--key-file=my key"]],
      ["keyward run -- jea\tm\t", ["run", "--", "jean2", "my key"]],
    ] as const) {
      // There bash itself takes `--key-file=m` for the name of a file.
      if (way.includes("other signs") && keys.includes("--key-file=")) continue;
      shell.type(`${keys}\r`);
      const [, got] = await shell.waitFor(/\n<(.*)>\r/);
      expect(got?.split("><")).toEqual(words);
    }
  });

  it("leaves to the real jean2 what is not keyward's", async () => {
    const shell = openCompletingShell(
      `_jean2() { COMPREPLY=($(compgen -W "start stop" -- "$2")); }; complete -o default -F _jean2 jean2; source '${script}'`,
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
