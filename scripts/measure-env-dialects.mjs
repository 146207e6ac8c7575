// Asks the real programs what they read from the files of test/vectors/env-service-dialects.json.
//
//   node scripts/measure-env-dialects.mjs bun=/path/to/bun docker=/usr/bin/docker \
//     composeV1=/usr/bin/docker-compose systemd252=/usr/lib/…/systemd/libsystemd-shared-252.so
//
// Prints every case whose answer is not the table's; with --write as the first word the table gets
// the new answers. A column is measured only when its program is named. `compose=PROGRAM` takes a
// program that prints, as JSON, what docker compose's parser makes of the file in its first argument.
import { spawnSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const tablePath = new URL("../test/vectors/env-service-dialects.json", import.meta.url);
const table = JSON.parse(readFileSync(tablePath, "utf8"));
const { variable } = table;
const words = process.argv.slice(2);
const programs = Object.fromEntries(words.filter((word) => word.includes("=")).map(splitWord));
const folder = mkdtempSync(join(tmpdir(), "env-dialects-"));

function splitWord(word) {
  const equals = word.indexOf("=");
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** Runs a program with an environment that holds none of the names in the files. */
function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    ...options,
    env: { PATH: "/usr/bin:/bin", HOME: folder, LANG: "C.UTF-8", ...options.env },
  });
  if (result.error) throw result.error;
  return result;
}

const readers = {
  bun(program, file) {
    const code = `process.stdout.write(JSON.stringify(process.env.${variable} ?? null))`;
    return JSON.parse(run(program, ["-e", code], { cwd: placeAsDotEnv(file) }).stdout);
  },
  // No engine is needed: docker reads the file before it asks the engine for a container.
  async docker(program, file) {
    let asked = null;
    const engine = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        if (request.url.includes("/containers/create")) asked = JSON.parse(body).Env ?? [];
        response.writeHead(request.url.includes("_ping") ? 200 : 409, { "API-Version": "1.41" });
        response.end('{"message":"only a stand-in"}');
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => engine.once("listening", resolve));
    const host = `tcp://127.0.0.1:${engine.address().port}`;
    const child = spawn(program, ["-H", host, "run", "--env-file", file, "none"], {
      stdio: "ignore",
      env: { PATH: "/usr/bin:/bin", HOME: folder },
    });
    await new Promise((resolve) => child.once("close", resolve));
    engine.close();
    if (asked === null) return false;
    return (
      asked.findLast((line) => line.startsWith(`${variable}=`))?.slice(variable.length + 1) ?? null
    );
  },
  compose(program, file) {
    const { status, stdout } = run(program, [file]);
    return status === 0 ? (JSON.parse(stdout)[variable] ?? null) : false;
  },
  composeV1(program, file) {
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
  systemd252(library, file) {
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
};

let places = 0;
function placeAsDotEnv(file) {
  const place = join(folder, `place-${places++}`);
  cpSync(file, join(place, ".env"));
  return place;
}

let differences = 0;
for (const row of table.cases) {
  const file = join(folder, "file");
  writeFileSync(file, Buffer.from(row.file, "base64"));
  for (const [column, program] of Object.entries(programs)) {
    const answer = await readers[column](program, file);
    if (answer === row[column]) continue;
    differences += 1;
    console.log(
      `${column}: ${row.name}: ${JSON.stringify(row[column])} is now ${JSON.stringify(answer)}`,
    );
    row[column] = answer;
  }
}
if (words[0] === "--write") writeFileSync(tablePath, `${JSON.stringify(table, null, 1)}\n`);
console.log(`${differences} differ`);
rmSync(folder, { recursive: true });
