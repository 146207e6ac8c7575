// Holds keyward's reading of made-up env files to the real programs', for measure-env-dialects.mjs.
import * as fc from "fast-check";

import { valueOf } from "../dist/lib/formats/env/dialects/dialect.js";
import { dialectTable } from "../dist/lib/formats/env/dialects/index.js";

const runs = 1500;
const variable = "KEY";

/** Pieces that mean something to one reader or another, in no order at all. */
const piece = fc.oneof(
  fc.constantFrom(
    "KEY",
    "KEY=",
    "KEY=",
    "KEY=old",
    "KEY=k\n",
    "KEY\n",
    "export ",
    "A=1\n",
    "OTHER= \n",
  ),
  fc.constantFrom(
    "A",
    "A=",
    "=",
    ": ",
    " ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "#",
    " # ",
    " # c\n",
  ),
  fc.constantFrom(
    '"',
    '"',
    "'",
    "'",
    "`",
    "\\",
    "\\n",
    "\\$",
    "$",
    "$A",
    "${A}",
    "${A:-d}",
    "$1",
    "x",
    ";",
  ),
  fc.constantFrom("\xef\xbb\xbf", "\xff", "\xc3\xa9", "\xc2\xa0", "\xe2\x80\xa8", "\f", "*", "."),
);
const files = fc
  .array(piece, { maxLength: 16 })
  .map((pieces) => Buffer.from(pieces.join(""), "latin1"));

const columns = {
  bun: dialectTable.bun[0],
  docker: dialectTable.docker[0],
  compose: dialectTable.compose[0],
  systemd252: dialectTable.systemd[1],
  node20: dialectTable.node20[0],
  node22: dialectTable.node22[0],
  node24: dialectTable.node22[0],
  node26: dialectTable.node22[0],
  deno: dialectTable.deno[0],
  podman: dialectTable.podman[0],
  podman5: dialectTable.podman[0],
  kubectl: dialectTable.kubectl[0],
  direnv: dialectTable.direnv[0],
  pythonDotenv: dialectTable["python-dotenv"][0],
  pythonDotenv122: dialectTable["python-dotenv"][1],
};

function readOurselves(dialect, bytes) {
  try {
    return valueOf(dialect, dialect.scan(bytes, variable), variable, {});
  } catch (error) {
    if (error.code === "malformed") return false;
    throw error;
  }
}

/** Prints, for each program, the smallest file that keyward reads otherwise. */
export async function fuzzReaders(programs, ask, seed) {
  for (const [column, program] of programs) {
    const dialect = columns[column];
    if (dialect === undefined) continue;
    const property = fc.asyncProperty(files, async (bytes) => {
      const real = await ask(column, program, bytes, variable);
      const own = readOurselves(dialect, bytes);
      if (real !== own) throw new Error(`${JSON.stringify(real)}, not ${JSON.stringify(own)}`);
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      numRuns: runs,
      seed,
    });
    const shown = failed && JSON.stringify(counterexample[0].toString("latin1"));
    console.log(failed ? `${column}: ${shown}: ${errorInstance.message}` : `${column}: as we read`);
  }
}
