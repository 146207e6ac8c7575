// Asks the real programs what they read from the files of test/vectors/env-*-dialects.json.
//
//   node scripts/measure-env-dialects.mjs [--write] [--fuzz=SEED] bun=/path/to/bun docker=/usr/bin/docker \
//     composeV1=/usr/bin/docker-compose systemd252=/usr/lib/…/systemd/libsystemd-shared-252.so \
//     node20=… node22=… node24=… node26=… deno=… podman=/usr/bin/podman podman5=PROGRAM kubectl=… \
//     direnv=/usr/bin/direnv pythonDotenv=FOLDER pythonDotenv122=FOLDER
//
// Prints every case whose answer is not the table's; with --write the tables get the new answers. A
// column is measured only when its program is named. `compose=PROGRAM` and `podman5=PROGRAM` take a
// program that prints, as JSON, what that parser makes of the file in its first argument. A FOLDER is
// what `pip install --target` filled. With --fuzz the programs read made-up files too, and what keyward
// (built by npm run build) reads from them otherwise is printed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findReader, folder } from "./env-readers.mjs";

const words = process.argv.slice(2);
const programs = words.filter((word) => /^\w+=/.test(word)).map(splitWord);
const seed = words.find((word) => word.startsWith("--fuzz="));

function splitWord(word) {
  const equals = word.indexOf("=");
  return [word.slice(0, equals), word.slice(equals + 1)];
}

async function ask(column, program, bytes, variable) {
  const file = join(folder, "file");
  writeFileSync(file, bytes);
  return findReader(column)(program, file, variable);
}

let differences = 0;
for (const name of ["env-service-dialects.json", "env-program-dialects.json"]) {
  const path = new URL(`../test/vectors/${name}`, import.meta.url);
  const table = JSON.parse(readFileSync(path, "utf8"));
  for (const row of table.cases) {
    for (const [column, program] of programs) {
      if (!table.columns.includes(column)) continue;
      const answer = await ask(column, program, Buffer.from(row.file, "base64"), table.variable);
      if (answer === row[column]) continue;
      differences += 1;
      const was = JSON.stringify(row[column]);
      console.log(`${column}: ${row.name}: ${was} is now ${JSON.stringify(answer)}`);
      row[column] = answer;
    }
  }
  if (words.includes("--write")) writeFileSync(path, `${JSON.stringify(table, null, 1)}\n`);
}
console.log(`${differences} differ`);

if (seed !== undefined) {
  const { fuzzReaders } = await import("./fuzz-env-readers.mjs");
  await fuzzReaders(programs, ask, Number(seed.slice("--fuzz=".length)));
}
