import type { Finding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { keysEqual } from "../../keys/compare.js";
import { splitUnitWords } from "./unit-words.js";
import type { Unit } from "./unit.js";

/** What the service manager has loaded of a unit: it reads the files at `daemon-reload` alone. */
export interface LoadedUnit {
  /** `loaded`, `not-found`, `bad-setting`, … */
  readonly state: string;
  /** What the files say otherwise by now, as the directives' names; empty where nothing differs. */
  readonly differs: readonly string[];
}

const properties = [
  "LoadState",
  "FragmentPath",
  "DropInPaths",
  "NeedDaemonReload",
  "User",
  "EnvironmentFiles",
  "ExecStart",
  "Environment",
];

/** Long enough for a manager that is busy; nobody waits longer for `auth status`. */
const patience = 3000;

/**
 * What the manager has loaded of a unit is older than its files, so that a restart takes the old.
 *
 * @param variable the one that holds the key
 */
export function findLoadedTroubles(unit: Unit, variable: string): Finding[] {
  const loaded = askManager(unit, variable);
  if (loaded === null || (loaded.state === "loaded" && loaded.differs.length === 0)) return [];
  const { path, machine } = unit;
  const sudo = unit.scope === "system" && machine.user.uid !== 0 ? "sudo " : "";
  const ctl = `${sudo}systemctl${unit.scope === "user" ? " --user" : ""}`;
  const message =
    loaded.state === "loaded"
      ? `systemd has loaded an older ${unit.unit} than ${path}; what differs: ${loaded.differs.join(", ")}`
      : `systemd has not loaded ${unit.unit} from ${path}: ${loaded.state}`;
  const fix = `${ctl} daemon-reload && ${ctl} restart ${unit.unit}`;
  return [{ id: "needs-daemon-reload", severity: "warning", message, fix, location: path }];
}

/**
 * Asks the running service manager; null where there is none, and where it does not answer. Its
 * answer may hold keys and goes nowhere.
 */
function askManager(unit: Unit, variable: string): LoadedUnit | null {
  const { machine } = unit;
  const { fs, env } = machine;
  // What sd_booted(3) goes by.
  if (machine.platform !== "linux" || !fs.existsSync("/run/systemd/system")) return null;
  const program = ["/usr/bin/systemctl", "/bin/systemctl"].find((path) => fs.existsSync(path));
  if (program === undefined) return null;
  const scope = unit.scope === "user" ? ["--user"] : [];
  const asked = properties.flatMap((name) => ["-p", name]);
  const { status, stdout } = machine
    .childProcess()
    .spawnSync(program, [...scope, "show", "--no-pager", ...asked, "--", unit.unit], {
      encoding: "utf8",
      env: {
        LC_ALL: "C",
        PATH: "/usr/bin:/bin",
        ...pick(env, ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]),
      },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: patience,
    });
  return status === 0 ? judgeLoaded(stdout, unit, variable) : null;
}

function pick(env: Machine["env"], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** Compares the answer of `systemctl show` with the unit's files; null for one that is none. */
export function judgeLoaded(answer: string, unit: Unit, variable: string): LoadedUnit | null {
  const shown = readProperties(answer);
  const state = shown.get("LoadState")?.[0];
  if (state === undefined) return null;
  if (state !== "loaded") return { state, differs: [] };
  const one = (name: string) => shown.get(name)?.[0] ?? "";
  const { fs } = unit.machine;
  const real = (path: string) => {
    try {
      return fs.realpathSync(path);
    } catch {
      return path;
    }
  };
  const checks: readonly [string, boolean][] = [
    ["the unit file", real(one("FragmentPath")) !== real(unit.path)],
    ["its drop-ins", !sameList(dropInsOf(one("DropInPaths"), real), unit.dropIns.map(real))],
    // DynamicUser= makes one up.
    ["User=", unit.user !== null && one("User") !== unit.user],
    ["EnvironmentFile=", !sameFiles(shown, unit)],
    ["Environment=", !sameVariable(one("Environment"), unit, variable)],
    ["ExecStart=", !sameCommand(shown.get("ExecStart") ?? [], unit)],
  ];
  const differs = checks.flatMap(([name, isOther]) => (isOther ? [name] : []));
  // Its own word counts, too: it goes by the times of the files.
  const isOld = one("NeedDaemonReload") === "yes";
  return { state, differs: isOld && differs.length === 0 ? ["its files"] : differs };
}

function readProperties(answer: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of answer.split("\n")) {
    const equals = line.indexOf("=");
    if (equals === -1) continue;
    const name = line.slice(0, equals);
    found.set(name, [...(found.get(name) ?? []), line.slice(equals + 1)]);
  }
  return found;
}

/** What `systemctl set-property` and generators write is the manager's own. */
const ownDropIns = /^\/(?:etc|run)\/systemd\/(?:system\.control|transient|generator)/;

function dropInsOf(paths: string, real: (path: string) => string): string[] {
  return splitUnitWords(paths, true)
    .words.filter((path) => !ownDropIns.test(path))
    .map(real);
}

function sameFiles(shown: ReadonlyMap<string, readonly string[]>, unit: Unit): boolean {
  const files = unit.environmentFiles.map(({ file }) => file);
  // A name that holds a key, or that cannot be told, is not there to be compared.
  if (unit.swallowedFiles.length > 0 || files.includes(null)) return true;
  const loaded = (shown.get("EnvironmentFiles") ?? []).map((line) =>
    line.replace(/ \(ignore_errors=(?:yes|no)\)$/, ""),
  );
  return sameList(loaded, files);
}

function sameList(one: readonly (string | null)[], other: readonly (string | null)[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

/** Only the key's variable is compared, and in memory. */
function sameVariable(environment: string, unit: Unit, variable: string): boolean {
  const assigned = splitUnitWords(environment, true).words.findLast((word) =>
    word.startsWith(`${variable}=`),
  );
  const loaded = assigned?.slice(variable.length + 1);
  const inFile = unit.environment.get(variable)?.value;
  if (loaded === undefined || inFile === undefined) return loaded === inFile;
  return keysEqual(loaded, inFile);
}

/** Releases differ in the quotes round the words, so these are left out of both. */
function sameCommand(shown: readonly string[], { command }: Unit): boolean {
  const last = shown.at(-1);
  if (command === null || last === undefined) return command === null && last === undefined;
  // A word that cannot be told is not there to be compared.
  if (command.args.includes(null)) return true;
  const loaded = /argv\[\]=(.*) ; ignore_errors=/s.exec(last)?.[1] ?? "";
  const bare = (text: string) =>
    text
      .replaceAll(/["'\\]/g, "")
      .replaceAll(/\s+/g, " ")
      .trim();
  return bare(loaded) === bare([command.program, ...command.args].join(" "));
}
