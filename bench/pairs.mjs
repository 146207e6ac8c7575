// Times two commands in turn, A B A B …, and gives the median of the ratios pair by pair: a machine
// that slows down slows both.
import { spawnSync } from "node:child_process";

/** Node parses this file at every start, which would hide what is measured. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** @returns milliseconds of one run, from its start to its end */
export function time([program, ...args], options = {}) {
  const start = process.hrtime.bigint();
  const { status, error } = spawnSync(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 30,
    ...options,
    env: { ...env, ...options.env },
  });
  const end = process.hrtime.bigint();
  if (error) throw error;
  if (status !== 0 && !options.mayFail) throw new Error(`${args.join(" ")}: exit status ${status}`);
  return Number((end - start) / 1000n) / 1000;
}

/** Compares two things that can be timed, over interleaved pairs after one pair of warming up. */
export function compare(runA, runB, pairs = 21) {
  runA();
  runB();
  const rows = Array.from({ length: pairs }, () => [runA(), runB()]);
  return {
    a: median(rows.map(([a]) => a)),
    b: median(rows.map(([, b]) => b)),
    ratio: median(rows.map(([a, b]) => a / b)),
  };
}

export function median(numbers) {
  const sorted = numbers.toSorted((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)];
}

export function show(what, { a, b, ratio }, against, goal) {
  const goalText = goal === undefined ? "" : `  goal ${goal}x`;
  console.log(
    `${what.padEnd(44)} ${ratio.toFixed(2)}x of ${against} (${a.toFixed(1)} / ${b.toFixed(1)} ms)${goalText}`,
  );
}
