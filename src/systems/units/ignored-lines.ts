import { homeOfUser } from "../../core/accounts.js";
import type { Finding } from "../../core/finding.js";
import { homeFolder } from "../../files/home-folder.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import { isMissing, isSlip, listFiles } from "./environment-files.js";
import { findIgnoredVariables, type Slip } from "./ignored-variables.js";
import { hasBadSpecifier } from "./specifiers.js";
import type { UnitLine } from "./unit-lines.js";
import type { UnitPlace, Unit } from "./unit.js";

/** Lines that are to give the service its variables, and that systemd ignores or stumbles over. */
export function findIgnoredLines(unit: Unit): Finding[] {
  const ignored = unit.lines.flatMap((line) =>
    judgeLine(line, unit).map(({ what, fix }): Finding => ({
      id: "ignored-line",
      severity: "warning",
      message: `${line.path}:${line.line}: ${what}`,
      fix,
    })),
  );
  return [...ignored, ...findMissingFiles(unit)];
}

/** The line that is to name this file, written so that it does; null where no line is meant to. */
export function adviseRewriting(unit: Unit, file: string): string | null {
  const slips = unit.lines.flatMap((line) => judgeLine(line, unit));
  return slips.find(({ files }) => files?.includes(file) === true)?.fix ?? null;
}

type PlacedLine = UnitLine & UnitPlace;

function judgeLine(line: PlacedLine, unit: Unit): readonly Slip[] {
  const { section, name, value } = line;
  const meant = findMeantName(name);
  if (meant === null) return [];
  if (section !== "Service") {
    const where = section === "" ? "above every [section]" : `in [${section}]`;
    const fix = `move line ${line.line} of ${line.path} below [Service]`;
    return [{ what: `systemd ignores ${meant}= ${where}`, fix }];
  }
  if (name !== meant) {
    const fix = rewrite(line, `${meant}=…, with the value that stands there`);
    return [{ what: `systemd ignores the line: the directive is called ${meant}=`, fix }];
  }
  if (meant === "EnvironmentFile") return judgeFile(line, unit);
  return meant === "Environment" ? findIgnoredVariables(value, (text) => rewrite(line, text)) : [];
}

const names = ["EnvironmentFile", "Environment", "PassEnvironment", "UnsetEnvironment"] as const;

/** The directive that a name stands for; names are told apart by case. */
function findMeantName(name: string): (typeof names)[number] | null {
  const exact = names.find((each) => each === name);
  if (exact !== undefined) return exact;
  const parts = /^env(?:iron?m[ea]nt)?s?[-_]?(files?)?$/i.exec(name);
  if (parts === null) return null;
  return parts[1] === undefined ? "Environment" : "EnvironmentFile";
}

function rewrite({ line, path }: UnitPlace, text: string): string {
  return `write on line ${line} of ${path}: ${text}`;
}

/** Nothing but blanks at the ends is taken off a path, so that quotes and comments are part of it. */
function judgeFile(line: PlacedLine, unit: Unit): readonly Slip[] {
  const { value } = line;
  if (value === "" || mayHideKey(value)) return [];
  const slip = (what: string, ...paths: readonly string[]): readonly Slip[] => {
    const dash = /^["']?-/.test(value) ? "-" : "";
    const spellings = paths.map((path) => `EnvironmentFile=${dash}${path}`);
    const fix = rewrite(line, spellings.join("  and on a line of its own: "));
    return [{ what, fix, files: paths }];
  };
  const bare = value.replace(/^-\s*/, "");
  if (hasBadSpecifier(value)) {
    return slip(
      "systemd ignores the line: it cannot replace the % in it",
      bare.replaceAll("%", "%%"),
    );
  }
  if (/^["']/.test(bare)) {
    const path = bare.replaceAll(/^["'][-\s]*|["']\s*(?:#.*)?$/g, "");
    return slip("systemd ignores the line: it takes the quotes as part of the path", path);
  }
  const inHome = /^(?:~|\$HOME|\$\{HOME\})\/(.*)$/.exec(bare)?.[1];
  if (inHome !== undefined) {
    const what = "systemd ignores the line: it does not replace ~ or $HOME in a path";
    return slip(what, `${findHome(unit)}/${inHome}`);
  }
  if (!/^[/%]/.test(bare) || value.startsWith("- ")) {
    const path = bare.startsWith("/") ? bare : `/full/path/to/${bare}`;
    return slip("systemd ignores the line: it is not a full path that begins with /", path);
  }
  if (bare.split("/").includes("..")) {
    return slip(
      "systemd ignores the line: it does not accept .. in a path",
      "/the/path/without/..",
    );
  }
  if (!isSlip(bare, unit.machine)) return [];
  const [paths = "", comment] = bare.split(/\s+#/, 2);
  const what =
    comment === undefined
      ? "systemd takes all of the line for the name of one file, and there is none"
      : "systemd takes the comment as part of the path, and no such file is there";
  return slip(what, ...paths.split(/\s+-?(?=\/)/));
}

function findHome({ scope, user, machine }: Unit): string {
  if (scope === "user") return homeFolder(machine);
  return homeOfUser(user ?? "root", machine) ?? "/home/of/the/user";
}

/** Without a `-` before its path the file has to be there. */
function findMissingFiles(unit: Unit): Finding[] {
  const { environmentFiles, machine } = unit;
  return environmentFiles.flatMap((each): Finding[] => {
    const { path, line, file, optional } = each;
    if (optional || file === null || isSlip(file, machine)) return [];
    const files = listFiles(unit, { path, line, file });
    if (files.length > 0 && !files.every((one) => isMissing(one, machine))) return [];
    return [
      {
        id: "missing-env-file",
        severity: "warning",
        message: `${path}:${line}: systemd does not start the service without ${file}, and it is not there`,
        fix: `make that file, or ${rewrite(each, `EnvironmentFile=-${file}`)}`,
      },
    ];
  });
}
