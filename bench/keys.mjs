// A million keys to a pipe, against a million constant lines of the same length.
import { compare, show, time } from "./pairs.mjs";

const count = 1_000_000;
const constant = `
  const chunk = Buffer.from(("x".repeat(43) + "\\n").repeat(1000));
  for (let i = 0; i < ${count / 1000}; i++) {
    for (let at = 0; at < chunk.length; ) at += require("node:fs").writeSync(1, chunk, at);
  }`;
const sink = (program) => ["/bin/sh", "-c", `${program} | cat >/dev/null`];

show(
  `generate-key --count ${count}`,
  compare(
    () => time(sink(`"${process.execPath}" bin/keyward.cjs auth generate-key --count ${count}`)),
    () => time(sink(`"${process.execPath}" -e '${constant}'`)),
    11,
  ),
  "constant bytes",
  2,
);
