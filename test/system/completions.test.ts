import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { writeCompletion } from "../../src/cli/shell/script.js";
import { describeTree } from "../../src/cli/shell/tree.js";
import { linkBins } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";
import { oddProgram } from "../helpers/odd-program.js";
import { openTerminal, type Terminal } from "../helpers/pty.js";

const completions = path.resolve(import.meta.dirname, "../../completions");
const odd = describeTree(oddProgram());

/** A folder with one file in it, for the places where files are offered. */
function homeWithFile(): string {
  const home = temporaryFolder();
  fs.writeFileSync(path.join(home, "my key"), "");
  return home;
}

describe("zsh", () => {
  /** Starts zsh where each name is a function that says what it got, and has `setUp` done. */
  async function openZsh(home: string, setUp: string): Promise<Terminal> {
    const env = { HOME: home, PATH: process.env["PATH"], PS1: "$ ", LC_ALL: "C.UTF-8" };
    const zsh = openTerminal("zsh", ["-f", "-i"], { cwd: home, env });
    const lines = [
      "unsetopt prompt_sp zle_bracketed_paste 2>/dev/null; LISTMAX=0",
      "keyward jean2 jarvis() { local IFS='|'; print -r -- \"<$*>\" }",
      setUp,
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

  const keywardCases = [
    ["keyward au\tge\t", "auth|generate-key"],
    ["keyward auth generate-key --fo\to\t", "auth|generate-key|--format=openjarvis"],
    ["keyward --system op\t tok\trot\t", "--system|openjarvis|token|rotate"],
    ["keyward auth check --host ::1 --js\t", "auth|check|--host|::1|--json"],
    ["keyward auth check --host m\t", "auth|check|--host|m"],
    ["keyward auth probe --key-file m\t", "auth|probe|--key-file|my key"],
    ["keyward completion z\t", "completion|zsh"],
    ["keyward m\t", "m"],
  ];

  it("completes keyward's words from a folder of $fpath", async () => {
    const setUp = `fpath=('${completions}' $fpath); autoload -Uz compinit; compinit -u -d ~/.dump`;
    const zsh = await openZsh(homeWithFile(), setUp);
    expect(await typeEach(zsh, keywardCases)).toEqual(keywardCases);
  });

  it("completes keyward's words when sourced", async () => {
    const setUp = `autoload -Uz compinit; compinit -u -d ~/.dump; source <(cat '${completions}/_keyward')`;
    const zsh = await openZsh(homeWithFile(), setUp);
    expect(await typeEach(zsh, keywardCases)).toEqual(keywardCases);
  });

  it("explains what it offers", async () => {
    const setUp = `fpath=('${completions}' $fpath); autoload -Uz compinit; compinit -u -d ~/.dump`;
    const zsh = await openZsh(homeWithFile(), setUp);
    zsh.type("keyward auth \t");
    await expect(
      zsh.waitFor(/generate-key +-- print a new key, or store it/),
    ).resolves.toBeDefined();
    zsh.type("\x15keyward auth generate-key --\t");
    await expect(zsh.waitFor(/--format +-- the key's format/)).resolves.toBeDefined();
  });

  it.each([
    ["from a folder of $fpath", `fpath=('${completions}' $fpath)`, ""],
    ["when sourced", "", `source '${completions}/_jean2'`],
  ])("leaves to files what is not keyward's, %s", async (_way, before, after) => {
    const setUp = `${before}\nautoload -Uz compinit; compinit -u -d ~/.dump\n${after}`;
    const zsh = await openZsh(homeWithFile(), setUp);
    const cases = [
      ["jean2 au\tch\t", "auth|check"],
      ["jean2 auth check --host ::1 --js\t", "auth|check|--host|::1|--json"],
      ["jean2 start m\t", "start|my key"],
      ["jean2 start auth m\t", "start|auth|my key"],
      ["jean2 m\t", "my key"],
    ];
    expect(await typeEach(zsh, cases)).toEqual(cases);
  });

  it("asks the real program's own completion when sourced after it", async () => {
    const real =
      "_jean2() { _arguments '1:command:(start)' '2:name:(daemon)' }; compdef _jean2 jean2";
    const read = `source '${completions}/_jean2'`;
    const setUp = `autoload -Uz compinit; compinit -u -d ~/.dump\n${real}\n${read}\n${read}`;
    const zsh = await openZsh(homeWithFile(), setUp);
    const cases = [
      ["jean2 sta\t", "start"],
      ["jean2 start d\t", "start|daemon"],
      ["jean2 au\tch\t", "auth|check"],
    ];
    expect(await typeEach(zsh, cases)).toEqual(cases);
  });

  it("takes signs of its own as they are", async () => {
    const home = homeWithFile();
    fs.writeFileSync(path.join(home, ".odd"), writeCompletion("zsh", "keyward", odd));
    const setUp = "autoload -Uz compinit; compinit -u -d ~/.dump; source ~/.odd";
    const zsh = await openZsh(home, setUp);
    const cases = [
      ["keyward od\tle\tit\t", "odd:group|leaf|it's"],
      ["keyward odd:group leaf a\t", "odd:group|leaf|a b"],
      ["keyward odd:group leaf c\t", "odd:group|leaf|c:d"],
      ["keyward odd:group leaf --sign-of=c\t", "odd:group|leaf|--sign-of=c:d"],
      ["keyward odd:group leaf -s \\[\t", "odd:group|leaf|-s|[e]"],
      ["keyward odd:group --sign \\$H\t", "odd:group|--sign|$HOME"],
      ["keyward odd:group --sign=\\(\t", "odd:group|--sign=(f)"],
      ["keyward odd:group leaf x m\t", "odd:group|leaf|x|my key"],
    ];
    expect(await typeEach(zsh, cases)).toEqual(cases);
    zsh.type("keyward \t");
    await expect(zsh.waitFor(/odd:group/)).resolves.toBeDefined();
    zsh.type("\x15keyward odd:group leaf --\t");
    await expect(
      zsh.waitFor(/--sign-of +.*-- it's "one": of \[those\] \\ \$HOME `id` \(or not\)/),
    ).resolves.toBeDefined();
  });
});

describe("fish", () => {
  /** What fish offers at the end of a line, each with its description after a tab. */
  function completeInFish(home: string, read: string, line: string): string[] {
    // Fish reads the completions of a program only when there is one of that name.
    const names = linkBins(path.join(home, ".bin"));
    const command = `${read}\ncomplete -C (cat ~/.line)`;
    fs.writeFileSync(path.join(home, ".line"), line);
    const { status, stdout, stderr, error } = spawnSync("fish", ["-c", command], {
      cwd: home,
      env: { HOME: home, PATH: `${names}:${process.env["PATH"]}`, LC_ALL: "C.UTF-8" },
      encoding: "utf8",
    });
    expect({ error, status, stderr }).toEqual({ error: undefined, status: 0, stderr: "" });
    return stdout.split("\n").slice(0, -1);
  }

  const explained = 'it\'s "one": of [those] \\ $HOME `id` (or not)';
  const wordsOf = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/\t.*/, "")).sort();
  const everywhere = [
    "--debug",
    "--dialect",
    "--file",
    "--help",
    "--json",
    "--launch",
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
    ["keyward token rotate --system g", ["generic"]],
    ["keyward auth check --host m", []],
    ["keyward auth probe --key-file m", ["my key"]],
    ["keyward completion ", ["bash", "fish", "zsh"]],
    ["keyward completion bash ", []],
  ])("completes %j to %j", (line, words) => {
    const read = `source '${completions}/keyward.fish'`;
    const got = wordsOf(completeInFish(homeWithFile(), read, line));
    expect(got).toEqual([...words].sort());
  });

  it("finds its file and explains what it offers", () => {
    const home = homeWithFile();
    const folder = path.join(home, ".config/fish/completions");
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(path.join(completions, "keyward.fish"), path.join(folder, "keyward.fish"));
    const offered = completeInFish(home, "", "keyward auth g");
    expect(offered).toEqual([
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
    ["jean2 auth m", []],
  ])("leaves to the real jean2 what is not keyward's: %j to %j", (line, words) => {
    const real = "complete -c jean2 -n 'test (count (commandline -opc)) = 1' -a start";
    const read = `${real}\nsource '${completions}/jean2.fish'`;
    const got = wordsOf(completeInFish(homeWithFile(), read, line));
    expect(got).toEqual([...words].sort());
  });

  it.each([
    ["keyward od", ["odd:group\tcolon: it's [here] \\ $HOME `id`"]],
    ["keyward odd:group leaf it", ["it's"]],
    ["keyward odd:group leaf 'a ", ["a b"]],
    ["keyward odd:group leaf c", ["c:d"]],
    ["keyward odd:group --sign \\[", [`[e]\t${explained}`]],
    ["keyward odd:group leaf -s \\$", [`$HOME\t${explained}`]],
    ["keyward odd:group leaf --sign-o", [`--sign-of\t${explained}`]],
    ["keyward odd:group leaf c:d m", ["my key"]],
  ])("takes signs of its own as they are: %j", (line, offered) => {
    const home = homeWithFile();
    fs.writeFileSync(path.join(home, ".odd"), writeCompletion("fish", "keyward", odd));
    expect(completeInFish(home, "source ~/.odd", line)).toEqual(offered);
  });
});
