import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryFolder } from "../helpers/machine.js";

type Content = string | { readonly link: string };

interface Vectors {
  readonly unit: string;
  readonly cases: readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, Content>>;
    readonly answer: Readonly<Record<string, unknown>>;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/systemd-units.json", import.meta.url), "utf8"),
) as Vectors;

const manager = "/lib/systemd/systemd";
const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
const folders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
];

/**
 * Has systemd load units from a folder and say what it made of them. Its test mode wants no
 * privileges and starts nothing, so it needs not be the first process.
 */
function askSystemd(files: Readonly<Record<string, Content>>): Record<string, unknown> {
  const root = temporaryFolder();
  chmodSync(root, 0o755);
  const put = (path: string, content: Content) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") writeFileSync(file, content, { mode: 0o644 });
    else symlinkSync(content.link === "/dev/null" ? content.link : join(root, content.link), file);
  };
  for (const [path, content] of Object.entries(files)) put(path, content);
  put("/start/default.target", `[Unit]\nWants=${vectors.unit}\n`);
  const path = [...folders, "/start"].map((folder) => join(root, folder)).join(":");
  const { stdout, stderr } = spawnSync(
    "setpriv",
    [...nobody, manager, "--test", "--system", "--log-target=console"],
    { env: { PATH: "/usr/bin:/bin", SYSTEMD_UNIT_PATH: path }, encoding: "utf8" },
  );
  const text = `${stdout}\n${stderr}`.replaceAll(root, "");
  const [, dump] = text.split(`-> Unit ${vectors.unit}:\n`);
  if (dump === undefined) throw new Error(`systemd did not say what it made of it:\n${text}`);
  return readDump(dump.split(/\n\t?-> Unit /, 1)[0] ?? "");
}

function readDump(dump: string): Record<string, unknown> {
  const all = (name: string) =>
    [...dump.matchAll(new RegExp(`^\\t+${name}: (.*)$`, "gm"))].map(([, value = ""]) => value);
  const state = all("Unit Load State")[0];
  if (state !== "loaded") return { state };
  return {
    state,
    dropIns: all("DropIn Path"),
    environment: all("Environment"),
    environmentFiles: all("EnvironmentFile"),
    unset: all("UnsetEnvironment"),
    user: all("User")[0] ?? null,
    args: splitShell(all("Command Line")[0] ?? "").slice(1),
  };
}

/** The command line is printed as a shell would take it. */
function splitShell(line: string): string[] {
  const text = execFileSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return text.split("\0").slice(0, -1);
}

describe("systemd", () => {
  it.each(vectors.cases)("still answers the same: $name", ({ files, answer }) => {
    expect(askSystemd(files)).toEqual(answer);
  });
});
