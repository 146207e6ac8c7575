import { describe, expect, it } from "vitest";

import { describeTree } from "../../../src/cli/shell/tree.js";
import { writeCompletion } from "../../../src/cli/shell/script.js";
import { systems } from "../../../src/systems/list.js";
import { completeInBash } from "../../helpers/complete-in-bash.js";
import { oddProgram } from "../../helpers/odd-program.js";
import { testCli } from "../../helpers/run-cli.js";

async function scriptOf(name: "keyward" | "jarvis" | "jean2"): Promise<string> {
  return (await testCli().run("keyward", "completion", "bash", "--for", name)).stdout;
}

const everywhere =
  "--version --system --server --launch --file --variable --dialect --json --debug --help";

describe("keyward's words in bash", () => {
  it.each([
    // commands
    ["keyward ", "auth token server doctor run serve completion"],
    ["keyward a", "auth"],
    ["keyward auth", "auth"],
    ["keyward auth ", "status generate-key create-key revoke-key check probe"],
    ["keyward auth  ge", "generate-key"],
    ["keyward --system jean2 token r", "rotate"],
    ["keyward --system=jean2 --json token r", "rotate"],
    ["keyward --launch auth t", "token"],
    ["keyward auth bogus ", ""],
    ["keyward bogus auth ", ""],
    ["keyward auth status ", ""],
    // options
    ["keyward -", everywhere],
    ["keyward auth generate-key --w", "--write"],
    ["keyward auth check --", `--host ${everywhere}`],
    ["keyward auth check --host ::1 --js", "--json"],
    ["keyward auth probe http://127.0.0.1:8742/x --key-s", "--key-stdin"],
    ["keyward auth check -- --", ""],
    // their arguments
    ["keyward auth generate-key --format ", "openjarvis base64url"],
    ["keyward auth generate-key --format o", "openjarvis"],
    ["keyward auth generate-key --format=", "openjarvis base64url"],
    ["keyward auth generate-key --format=b", "base64url"],
    ["keyward auth status --format ", ""],
    ["keyward --system ", "jean2 openjarvis jean haip generic"],
    ["keyward token rotate --system g", "generic"],
    ["keyward token rotate --launch=d", "daemon"],
    ["keyward auth check --host ", ""],
    ["keyward auth check --host=l", ""],
    ["keyward auth probe --key-file ", "(files)"],
    ["keyward auth probe --key-file=k", "(files)"],
    ["keyward serve --key-file ", ""],
    // arguments
    ["keyward completion ", "bash zsh fish"],
    ["keyward completion --for jean2 f", "fish"],
    ["keyward completion -- z", "zsh"],
    ["keyward completion bash ", ""],
    ["keyward completion -- bash ", ""],
    ["keyward auth probe ", ""],
  ])("completes %j to %j", async (line, words) => {
    expect(completeInBash(await scriptOf("keyward"), line).join(" ")).toBe(words);
  });

  it("reads a line only up to the cursor", async () => {
    const script = await scriptOf("keyward");
    expect(completeInBash(script, "keyward auth gen", "erate --json")).toEqual(["generate-key"]);
    expect(completeInBash(script, "keyward ", "auth check")).toContain("token");
  });

  it("offers every system", async () => {
    const offered = completeInBash(await scriptOf("keyward"), "keyward --system ");
    expect(offered).toEqual([...Object.keys(systems), "generic"]);
  });
});

describe("jean2's and jarvis's words in bash", () => {
  it.each([
    ["jean2", "jean2 ", "auth token"],
    ["jean2", "jean2 t", "token"],
    ["jean2", "jean2 st", "(files)"],
    ["jean2", "jean2 -", "(files)"],
    ["jean2", "jean2 start ", "(files)"],
    ["jean2", "jean2 start auth ch", "(files)"],
    ["jean2", "jean2 --json auth ch", "(files)"],
    ["jean2", "jean2 auth ch", "check"],
    ["jean2", "jean2 auth check --s", "--server"],
    ["jean2", "jean2 auth check --la", "--launch"],
    ["jarvis", "jarvis token ", "rotate set show history"],
    ["jarvis", "jarvis serve ", "(files)"],
  ] as const)("%s completes %j to %j", async (name, line, words) => {
    expect(completeInBash(await scriptOf(name), line).join(" ")).toBe(words);
  });

  const real = `
    _jean2() { COMPREPLY=($(compgen -W "start stop auth" -- "$2")); last=$3; }
    complete -F _jean2 jean2
  `;

  it.each([
    ["jean2 ", "start stop auth auth token"],
    ["jean2 s", "start stop"],
    ["jean2 start s", "start stop"],
    ["jean2 auth s", "status"],
  ])("asks the real program's own completion: %j to %j", async (line, words) => {
    const script = await scriptOf("jean2");
    expect(completeInBash(`${real}\n${script}`, line).join(" ")).toBe(words);
    // Read twice, as by a new login within a login, it still does not ask itself.
    expect(completeInBash(`${real}\n${script}\n${script}`, line).join(" ")).toBe(words);
  });
});

describe("signs of the shell's in bash", () => {
  const script = writeCompletion("bash", "keyward", describeTree(oddProgram()));

  it.each([
    ["keyward ", ["odd:group"]],
    ["keyward odd:g", ["group"]],
    ["keyward odd:group ", ["leaf"]],
    ["keyward odd:group --sign ", ["it\\'s", "a\\ b", "c:d", "\\[e\\]", "\\$HOME", "\\(f\\)"]],
    ["keyward odd:group --sign c:", ["d"]],
    ["keyward odd:group leaf --sign=c:", ["d"]],
    ["keyward odd:group leaf -s i", ["it\\'s"]],
    ["keyward odd:group leaf ", ["it\\'s", "a\\ b", "c:d", "\\[e\\]", "\\$HOME", "\\(f\\)"]],
    ["keyward odd:group leaf --", ["--sign-of", "--sign", "--level", "--quiet", "--help"]],
    ["keyward odd:group leaf --level 3 -q c:d ", ["(files)"]],
    ["keyward odd:group leaf c:d x ", []],
  ])("completes %j to %j", (line, words) => {
    expect(completeInBash(script, line)).toEqual(words);
  });
});

describe("keyward completion", () => {
  it.each([
    [
      ["completion", "powershell"],
      "'powershell' is invalid for argument",
      "one of: bash, zsh, fish",
    ],
    [["completion", "bash", "--for", "x"], "argument 'x' is invalid", "one of: keyward, jarvis"],
    [["completion"], "missing required argument 'shell'", "keyward --help"],
    [["completion", "bash", "zsh"], "too many arguments", "keyward --help"],
  ])("%j is a usage error", async (argv, message, hint) => {
    const { code, stdout, stderr } = await testCli().run("keyward", ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain(`hint: ${hint}`);
  });

  it("prints the script with --json too, since there is nothing else to say", async () => {
    const { code, stdout } = await testCli().run("keyward", "completion", "fish", "--json");
    const plain = await testCli().run("keyward", "completion", "fish");
    expect({ code, stdout }).toEqual({ code: 0, stdout: plain.stdout });
  });
});
