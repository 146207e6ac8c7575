import { KeywardError } from "../core/errors.js";
import { generateKey } from "../keys/generate.js";
import type { Machine } from "../core/machine.js";
import { readEnv } from "../formats/env/env-file.js";
import type { Edit } from "../files/edit.js";
import {
  editOverlap,
  formatUntil,
  parseUntil,
  previousVariable,
  untilVariable,
} from "../tokens/overlap.js";
import { TokenSecret } from "../tokens/secret.js";
import { changeKey } from "./run.js";
import type { Rotation } from "./report.js";
import type { RotateOptions } from "./rotate.js";
import type { KeyTarget } from "./target.js";

/** What {@link rotateWithOverlap} needs to know. */
export interface OverlapOptions extends RotateOptions {
  /** Seconds for which the old secret still verifies. */
  readonly overlap: number;
}

/**
 * Puts a new secret in force without signing anybody out: HAIP's file then holds the old one too,
 * and until when it verifies. All three lines are one write. Where there was no secret, there is
 * nothing to keep.
 *
 * @throws KeywardError `usage` for another system, `key-refused` for an old secret that no verifier
 *   takes, `key-already-set` while another overlap runs, `shadowed` where the environment has an
 *   overlap of its own, and as `rotateKey`; TypeError for a restart
 * @example
 * await rotateWithOverlap({ system: systems.haip, machine, overlap: 3600 });
 */
export async function rotateWithOverlap(options: OverlapOptions): Promise<Rotation> {
  const { system, machine, overlap } = options;
  const { format = system.keyFormat } = options;
  if (options.restart !== undefined || options.leaked === true) {
    throw new TypeError(
      "an overlap keeps the old secret, and can neither be proven dead nor leaked",
    );
  }
  if (!Number.isSafeInteger(overlap) || overlap <= 0) {
    throw new KeywardError("usage", "an overlap takes a second at least");
  }
  if (system.id !== "haip") {
    throw new KeywardError("usage", `${system.title} takes one key at a time: overlaps are HAIP's`);
  }
  const now = machine.clock.now();
  return changeKey(options, {
    format,
    make: () => generateKey(format),
    guard: (target) => refuseOverlap(target, machine, now),
    edit: (target, key) => editTarget(target, key, now + overlap * 1000),
  });
}

function refuseOverlap(
  { location, store, resolution }: KeyTarget,
  machine: Machine,
  now: number,
): void {
  const variable = [previousVariable, untilVariable].find(
    (name) => machine.env[name] !== undefined,
  );
  if (variable !== undefined) {
    throw new KeywardError(
      "shadowed",
      `${variable} is set in the environment and wins over the file`,
      {
        hint: `run it again without the variable: env -u ${variable} …`,
      },
    );
  }
  // A verifier that finds an old secret which it must not take would take no token at all.
  if (resolution.key !== null) refuseWeak(resolution.key);
  const { bytes } = store.read();
  if (bytes === null || location.kind !== "env-file") return;
  const [dialect] = location.dialects;
  const end = readEnv(bytes, untilVariable, dialect).value ?? "";
  const previous = readEnv(bytes, previousVariable, dialect).value ?? "";
  if (previous === "" || (parseUntil(end) ?? 0) <= now) return;
  throw new KeywardError("key-already-set", `an overlap runs in ${location.path} until ${end}`, {
    hint: "wait for its end: a second one would sign out whoever still counts on it",
  });
}

function refuseWeak(key: string): void {
  try {
    // Its text is as long as its bytes, or longer, however it is encoded.
    void new TokenSecret(key);
  } catch (cause) {
    if (!(cause instanceof KeywardError)) throw cause;
    throw new KeywardError(cause.code, `the old secret cannot be kept: ${cause.message}`, {
      hint: "leave out --overlap",
      cause,
    });
  }
}

function editTarget(
  { location, store, resolution }: KeyTarget,
  key: string | null,
  until: number,
): Edit {
  const { key: previous } = resolution;
  // Asked in any case: it refuses a file that is not one for such lines.
  const plain = store.edit(key);
  if (key === null || previous === null || location.kind !== "env-file") return plain;
  const change = { secret: key, previous, until };
  const { dialects, heirs = [] } = location;
  const edit = editOverlap(store.read().bytes, change, [...dialects, ...heirs]);
  const note = `${previousVariable} has the old secret, which verifies until ${formatUntil(until)}`;
  return { ...edit, notes: [...edit.notes, note] };
}
