// How to ask the real programs what they read from an env file, for measure-env-dialects.mjs.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For everything that is written while measuring. */
export const folder = mkdtempSync(join(tmpdir(), "env-dialects-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** None of the names in the files. */
const ownEnvironment = () => ({ PATH: "/usr/bin:/bin", HOME: folder, LANG: "C.UTF-8" });

function run(program, args, options = {}) {
  const env = { ...ownEnvironment(), ...options.env };
  const result = spawnSync(program, args, { encoding: "utf8", ...options, env });
  if (result.error) throw result.error;
  return result;
}

let places = 0;
function placeAsDotEnv(file) {
  const place = join(folder, `place-${places++}`);
  cpSync(file, join(place, ".env"));
  return place;
}

function printVariable(variable) {
  return `process.stdout.write(JSON.stringify(process.env[${JSON.stringify(variable)}] ?? null))`;
}

function printDeno(variable) {
  return `console.log(JSON.stringify(Deno.env.get(${JSON.stringify(variable)}) ?? null))`;
}

function readOwn(program, args, env = {}) {
  const { status, stdout } = run(program, args, { env });
  return status === 0 ? JSON.parse(stdout) : false;
}

/** Runs the client of an engine against a stand-in; what it wanted a container with, null for nothing. */
async function askEngine(toCommand) {
  let asked = null;
  const engine = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      if (request.url.includes("/containers/create")) asked = JSON.parse(body);
      const found = /_ping|\/images\//.test(request.url);
      response.writeHead(found ? 200 : 409, {
        "API-Version": "1.41",
        "Libpod-API-Version": "4.3.1",
        "Content-Type": "application/json",
      });
      response.end(found ? '{"id":"none"}' : '{"message":"only a stand-in"}');
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => engine.once("listening", resolve));
  const [program, args] = toCommand(engine.address().port);
  const child = spawn(program, args, { stdio: "ignore", env: ownEnvironment() });
  await new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
  engine.close();
  return asked;
}

/**
 * What each program reads for a variable from a file: its value, null for none, false when it refuses
 * the file. A name that a column does not have here is the same program in another version.
 */
export const readers = {
  bun(program, file, variable) {
    const code = `process.stdout.write(JSON.stringify(process.env.${variable} ?? null))`;
    return JSON.parse(run(program, ["-e", code], { cwd: placeAsDotEnv(file) }).stdout);
  },
  // No engine is needed: docker reads the file before it asks the engine for a container.
  async docker(program, file, variable) {
    const asked = await askEngine((port) => [
      program,
      ["-H", `tcp://127.0.0.1:${port}`, "run", "--env-file", file, "none"],
    ]);
    if (asked === null) return false;
    const line = (asked.Env ?? []).findLast((text) => text.startsWith(`${variable}=`));
    return line?.slice(variable.length + 1) ?? null;
  },
  async podman(program, file, variable) {
    const engine = (port) => ["--remote", "--url", `tcp://127.0.0.1:${port}`];
    const create = ["create", "--pull", "never", "--env-file", file, "none"];
    const asked = await askEngine((port) => [program, [...engine(port), ...create]]);
    return asked === null ? false : (asked.env?.[variable] ?? null);
  },
  compose(program, file, variable) {
    const { status, stdout } = run(program, [file]);
    return status === 0 ? (JSON.parse(stdout)[variable] ?? null) : false;
  },
  composeV1(program, file, variable) {
    const cwd = placeAsDotEnv(file);
    const seen = `"<\${${variable}-unset>}>"`;
    const service = `services: {x: {image: y, environment: {SEEN: ${seen}}}}`;
    writeFileSync(join(cwd, "docker-compose.yml"), `version: "3"\n${service}\n`);
    const { status, stdout } = run(program, ["config"], { cwd });
    if (status !== 0) return false;
    const toJson = "import json,sys,yaml;json.dump(yaml.safe_load(sys.stdin),sys.stdout)";
    const config = JSON.parse(run("/usr/bin/python3", ["-c", toJson], { input: stdout }).stdout);
    const value = config.services.x.environment.SEEN.slice(1, -1).replaceAll("$$", () => "$");
    return value === "unset>" ? null : value;
  },
  // The very function that reads an EnvironmentFile=, taken from systemd's own library.
  systemd252(library, file, variable) {
    const script = `
import ctypes, json, sys
strings = ctypes.POINTER(ctypes.c_char_p)()
status = ctypes.CDLL(sys.argv[1]).load_env_file(None, sys.argv[2].encode(), ctypes.byref(strings))
found, at = None, 0
while status >= 0 and strings and strings[at] is not None:
    name, _, value = strings[at].partition(b"=")
    if name.decode() == sys.argv[3]: found = value.decode()
    at += 1
json.dump(False if status < 0 else found, sys.stdout)`;
    const { stdout } = run("/usr/bin/python3", ["-c", script, library, file, variable]);
    return JSON.parse(stdout);
  },
  node(program, file, variable) {
    return readOwn(program, [`--env-file=${file}`, "-e", printVariable(variable)]);
  },
  deno(program, file, variable) {
    const { status, stdout, stderr } = run(program, [
      "eval",
      `--env-file=${file}`,
      printDeno(variable),
    ]);
    // Deno says so, leaves the file out as a whole, and runs on.
    const refused = status !== 0 || stderr.includes("Error reading from environment file");
    return refused ? false : JSON.parse(stdout);
  },
  // The folder that `pip install --target` put it into.
  pythonDotenv(folder, file, variable) {
    const code = `import json,os,sys,dotenv;dotenv.load_dotenv(sys.argv[1])
json.dump(os.environ.get(sys.argv[2]),sys.stdout)`;
    const env = { PYTHONPATH: folder };
    return readOwn("/usr/bin/python3", ["-c", code, file, variable], env);
  },
  kubectl(program, file, variable) {
    const create = ["create", "secret", "generic", "x", `--from-env-file=${file}`];
    const { status, stdout } = run(program, [...create, "--dry-run=client", "-o", "json"]);
    if (status !== 0) return false;
    const value = JSON.parse(stdout).data?.[variable];
    return value === undefined ? null : Buffer.from(value, "base64").toString("utf8");
  },
  direnv(program, file, variable) {
    const { status, stdout } = run(program, ["dotenv", "json", file]);
    return status === 0 ? (JSON.parse(stdout)[variable] ?? null) : false;
  },
};

const sameProgram = {
  node20: "node",
  node22: "node",
  node24: "node",
  node26: "node",
  podman5: "compose",
  pythonDotenv122: "pythonDotenv",
};

/** The reader of a column. */
export function findReader(column) {
  return readers[sameProgram[column] ?? column];
}
