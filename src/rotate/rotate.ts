import { aboutServer, type Hint } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import type { KeyFormat } from "../keys/formats.js";
import { generateKey } from "../keys/generate.js";
import { adviseCommand } from "../keys/advise.js";
import { assessKey, isReference } from "../keys/strength.js";
import type { System } from "../systems/contract/system.js";
import { changeKey } from "./run.js";
import { type ChangeOptions } from "./options.js";
import type { Rotation } from "./report.js";
import type { KeyTarget } from "./target.js";

/** What {@link rotateKey} and {@link createKey} need to know. */
export interface RotateOptions extends ChangeOptions {
  /** The new key's format; the system's own when absent. */
  readonly format?: KeyFormat;
}

/**
 * Replaces the key of a server by a new one in the file that the server reads it from. The running
 * server keeps its old key until it restarts; the report's `next` says how. With `restart` it is
 * restarted, and the report's status is `rotated` only when it was proven to have changed its key.
 *
 * @throws KeywardError `locked`, `shadowed`, `interrupted`, `unprovable`, `cancelled`, or one of the
 *   file's own troubles; the file then has its old bytes
 * @example
 * const { report } = await rotateKey({ system: systems.jean2, machine });
 * report.newFingerprint;
 */
export function rotateKey(options: RotateOptions): Promise<Rotation> {
  const format = options.format ?? options.system.keyFormat;
  return changeKey(options, { format, make: () => generateKey(format) });
}

/**
 * Stores the first key of a server.
 *
 * @throws KeywardError `key-already-set` when the server would read one, whatever it is worth, and
 *   as {@link rotateKey}
 */
export function createKey(options: RotateOptions): Promise<Rotation> {
  const { system, format = system.keyFormat } = options;
  return changeKey(options, {
    format,
    make: () => generateKey(format),
    guard: (target) => refuseSecondKey(target, system),
  });
}

/**
 * Puts a key that the caller brings in the place of the old one. One that is there already is left,
 * and nothing is restarted: the report's status is `unchanged`.
 *
 * @throws KeywardError `key-refused` for a key that keeps nobody out or that no header carries, and
 *   as {@link rotateKey}
 */
export function setKey(options: ChangeOptions & { readonly key: string }): Promise<Rotation> {
  const { key } = options;
  refuseUnusable(key);
  const excuse = (target: KeyTarget) =>
    target.resolution.key === key
      ? `that key is in ${target.location.path} already`
      : (options.excuse?.(target) ?? null);
  return changeKey({ ...options, excuse }, { make: () => key });
}

/**
 * Removes the key from the file that the server reads it from. Whether the server is then open to
 * the network is for the caller to ask first: `decideBind`.
 *
 * @throws KeywardError `no-key` when there is none, and as {@link rotateKey}
 */
export function revokeKey(options: Omit<ChangeOptions, "restart">): Promise<Rotation> {
  return changeKey(options, {
    make: () => null,
    // That it goes is what was asked for.
    takesReference: true,
    guard({ resolution, location }) {
      if (resolution.effective !== null) return;
      throw new KeywardError("no-key", `there is no key in ${location.path} to remove`);
    },
  });
}

function refuseSecondKey({ resolution, location }: KeyTarget, system: System): void {
  if (resolution.key === null) return;
  const what = isReference(resolution.key) ? "a reference to a key" : "a key";
  throw new KeywardError("key-already-set", `${system.title} has ${what} in ${location.path}`, {
    hint: ["replace it with: ", adviseCommand(resolution.key)],
  });
}

const makeOne: Hint = ["make one with: ", aboutServer("auth generate-key")];

function refuseUnusable(key: string): void {
  const { strength, kind, message } = assessKey(key);
  if (kind === "reference") {
    throw new KeywardError("key-refused", `that is not a key: it is ${message}`, {
      hint: "bring the key that it stands for",
    });
  }
  if (strength === "none") {
    throw new KeywardError("key-refused", `that key would keep nobody out: it is ${message}`, {
      hint: makeOne,
    });
  }
  if (/[^\x21-\x7e]/.test(key)) {
    throw new KeywardError(
      "key-refused",
      "that key holds a blank, or a character that is not printable ASCII, which headers do not carry",
      { hint: makeOne },
    );
  }
}
