import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { prepareCompletionHome } from "../helpers/completion-home.js";
import { openTerminal, type Terminal } from "../helpers/pty.js";

const completions = path.resolve("completions");

describe("zsh", () => {
  /** Starts zsh where each name is a function that says what it got, and has `setUp` done. */
  async function openZsh(setUp: string): Promise<Terminal> {
    const { home, bin } = prepareCompletionHome();
    const search = `${bin}:${process.env["PATH"]}`;
    const env = { HOME: home, PATH: search, PS1: "$ ", LC_ALL: "C.UTF-8" };
    const zsh = openTerminal("zsh", ["-f", "-i"], { cwd: home, env });
    const lines = [
      "unsetopt prompt_sp zle_bracketed_paste 2>/dev/null; LISTMAX=0",
      setUp,
      "keyward jean2 jarvis() { local IFS='|'; print -r -- \"<$*>\" }",
      "echo re''ady",
    ];
    fs.writeFileSync(path.join(home, ".setup"), lines.join("\n"));
    zsh.type("source ~/.setup\r");
    await zsh.waitFor(/ready\r\n/);
    return zsh;
  }

  /** Types each line, with its TABs, and tells what the function of that name got. */
  async function typeEach(zsh: Terminal, cases: readonly (readonly string[])[]) {
    const got: [string, string | undefined][] = [];
    for (const [keys = ""] of cases) {
      zsh.type(`${keys}\r`);
      got.push([keys, (await zsh.waitFor(/<(.*)>\r/))[1]]);
    }
    return got;
  }

  const compinit = "autoload -Uz compinit; compinit -u -d ~/.dump";
  const ways = [
    ["found in $fpath", `fpath=('${completions}' $fpath); ${compinit}`],
    ["sourced after compinit", `${compinit}; source '${completions}/_keyward'`],
    ["sourced before compinit", `source '${completions}/_keyward'; ${compinit}`],
    ["evaluated before compinit", `eval "$(keyward completion zsh)"; ${compinit}`],
    ["sourced from a pipe", `${compinit}; source <(keyward completion zsh)`],
  ];

  it.each(ways)("completes all names when %s", async (_way, setUp) => {
    const cases = [
      ["keyward au\tge\t", "auth|generate-key"],
      ["keyward auth generate-key --fo\to\t", "auth|generate-key|--format|openjarvis"],
      ["keyward auth generate-key --format=o\t", "auth|generate-key|--format=openjarvis"],
      ["keyward --system op\t tok\trot\t", "--system|openjarvis|token|rotate"],
      ["keyward auth status --server=l\t", "auth|status|--server=lab"],
      ["keyward server rem\tl\t", "server|remove|lab"],
      ["keyward auth check --host ::1 --js\t", "auth|check|--host|::1|--json"],
      ["keyward auth check --host m\t", "auth|check|--host|m"],
      ["keyward auth probe --key-file m\t", "auth|probe|--key-file|my key"],
      ["keyward auth probe --key-file=m\t", "auth|probe|--key-file=my key"],
      ["keyward run -- jean\t m\t", "run|--|jean2|my key"],
      ["keyward completion z\t", "completion|zsh"],
      ["keyward m\t", "m"],
      ["jean2 au\tch\t", "auth|check"],
      ["jean2 auth check --host ::1 --js\t", "auth|check|--host|::1|--json"],
      ["jean2 start m\t", "start|my key"],
      ["jean2 start auth m\t", "start|auth|my key"],
      ["jean2 m\t", "my key"],
      ["jarvis tok\trot\t", "token|rotate"],
    ];
    expect(await typeEach(await openZsh(setUp), cases)).toEqual(cases);
  });

  it("explains what it offers", async () => {
    const zsh = await openZsh(`fpath=('${completions}' $fpath); ${compinit}`);
    zsh.type("keyward auth \t");
    await expect(
      zsh.waitFor(/generate-key +-- print a new key, or store it/),
    ).resolves.toBeDefined();
    zsh.type("\x15keyward auth generate-key --\t");
    await expect(zsh.waitFor(/--format +-- the key's format/)).resolves.toBeDefined();
  });

  const real = "_arguments '1:command:(start)' '2:name:(daemon)'";

  it.each([
    [
      "what was there before it",
      `${compinit}; _real() { ${real} }; compdef _real jean2
       source '${completions}/_keyward'; source '${completions}/_keyward'`,
    ],
    [
      "a function of $fpath",
      `mkdir ~/zfunc; print -r -- "#compdef jean2\n${real}" > ~/zfunc/_jean2
       fpath=('${completions}' ~/zfunc $fpath); ${compinit}`,
    ],
  ])("leaves other words of jean2 to %s", async (_what, setUp) => {
    const cases = [
      ["jean2 sta\t", "start"],
      ["jean2 start d\t", "start|daemon"],
      ["jean2 au\tch\t", "auth|check"],
    ];
    expect(await typeEach(await openZsh(setUp), cases)).toEqual(cases);
  });

  it("may stand under the real program's name", async () => {
    const zsh = await openZsh(
      `mkdir ~/zfunc; keyward completion zsh --for jean2 > ~/zfunc/_jean2
       fpath=(~/zfunc $fpath); ${compinit}`,
    );
    const cases = [
      ["jean2 au\tch\t", "auth|check"],
      ["jean2 start m\t", "start|my key"],
      ["keyward auth m\t", "auth|my key"],
    ];
    expect(await typeEach(zsh, cases)).toEqual(cases);
  });
});

describe("fish", () => {
  /** What fish offers at the end of a line, each with its description after a tab. */
  function completeInFish(read: string, line: string): string[] {
    const { home, bin } = prepareCompletionHome();
    const command = `${read}\ncomplete -C (cat ~/.line)`;
    fs.writeFileSync(path.join(home, ".line"), line);
    const { status, stdout, stderr, error } = spawnSync("fish", ["-c", command], {
      cwd: home,
      env: { HOME: home, PATH: `${bin}:${process.env["PATH"]}`, LC_ALL: "C.UTF-8" },
      encoding: "utf8",
    });
    expect({ error, status, stderr }).toEqual({ error: undefined, status: 0, stderr: "" });
    return stdout.split("\n").slice(0, -1);
  }

  const wordsOf = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/\t.*/, "")).sort();
  const everywhere = [
    "--debug",
    "--dialect",
    "--file",
    "--help",
    "--json",
    "--launch",
    "--quiet",
    "--server",
    "--system",
    "--variable",
    "--version",
  ];

  it.each([
    ["keyward ", ["auth", "completion", "doctor", "run", "serve", "server", "token"]],
    ["keyward auth ", ["check", "create-key", "generate-key", "probe", "revoke-key", "status"]],
    ["keyward --system jean2 token r", ["rotate"]],
    ["keyward --launch auth t", ["token"]],
    ["keyward auth bogus ", []],
    ["keyward auth check --", ["--host", ...everywhere]],
    ["keyward auth generate-key --format ", ["base64url", "openjarvis"]],
    ["keyward auth generate-key --format=o", ["--format=openjarvis"]],
    ["keyward auth status --server=", ["--server=lab"]],
    ["keyward server remove l", ["lab"]],
    ["keyward token rotate --system g", ["generic"]],
    ["keyward auth check --host m", []],
    ["keyward auth probe --key-file m", ["my key"]],
    ["keyward auth probe --key-file 'm", ["my key"]],
    ["keyward auth probe --key-file my\\ k", ["my key"]],
    ["keyward auth probe --key-file=m", ["--key-file=my key"]],
    ["keyward auth probe --key-file ~/my", ["~/my key"]],
    ["keyward run -- jean", ["jean2"]],
    ["keyward run -- cat 'a b' m", ["my key"]],
    ["keyward run -- keyward auth ch", ["check"]],
    ["keyward completion ", ["bash", "fish", "zsh"]],
    ["keyward completion bash ", []],
  ])("completes %j to %j", (line, words) => {
    const got = wordsOf(completeInFish(`source '${completions}/keyward.fish'`, line));
    expect(got).toEqual([...words].sort());
  });

  it("finds its file and explains what it offers", () => {
    const folder = "~/.config/fish/completions";
    const install = `mkdir -p ${folder}; cp '${completions}/keyward.fish' ${folder}`;
    expect(completeInFish(install, "keyward auth g")).toEqual([
      "generate-key\tprint a new key, or store it where the server reads it",
    ]);
  });

  it.each([
    ["jean2 ", ["auth", "token", "start"]],
    ["jean2 auth ch", ["check"]],
    ["jean2 auth check --j", ["--json"]],
    ["jean2 start --j", []],
    ["jean2 start m", ["my key"]],
    ["jean2 --json auth m", ["my key"]],
    // Fish looks for a word in the descriptions too.
    ["jean2 auth q", []],
    ["jean2 auth status --server l", ["lab"]],
    ["jarvis token ro", ["rotate"]],
  ])("leaves to the real jean2 what is not keyward's: %j to %j", (line, words) => {
    const real = "complete -c jean2 -n 'test (count (commandline -opc)) = 1' -a start";
    const read = `${real}\nkeyward completion fish | source`;
    expect(wordsOf(completeInFish(read, line))).toEqual([...words].sort());
  });
});
