import { findReader, folder } from "./env-readers.mjs";
import { writeFileSync } from "node:fs";
import { fuzzReaders } from "./fuzz-env-readers.mjs";
const progs = process.argv
  .slice(3)
  .map((w) => [w.slice(0, w.indexOf("=")), w.slice(w.indexOf("=") + 1)]);
await fuzzReaders(
  progs,
  async (c, p, b, v) => {
    writeFileSync(folder + "/file", b);
    return findReader(c)(p, folder + "/file", v);
  },
  +process.argv[2],
);
