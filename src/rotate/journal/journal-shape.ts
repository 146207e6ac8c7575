import type { KeyFormat } from "../../keys/formats.js";
import { keyFormats } from "../../keys/formats.js";
import type { Launch, SystemId } from "../../systems/contract/system.js";
import type { RotateReason } from "../reason.js";
import type { StepName } from "../steps/steps.js";

/** The steps whose effects outlive the process. */
export const journalSteps = [
  "copy",
  "make",
  "write",
  "restart",
  "wait",
  "prove",
  "commit",
  "undo",
] as const satisfies readonly StepName[];

/** A step as the journal knows it. */
export type JournalStep = (typeof journalSteps)[number];

/**
 * All that is needed to finish or undo a rotation that was cut off. The keys are not in it: the new
 * one is in the file, the old one in the copy.
 */
export interface Journal {
  readonly version: 1;
  /** The step that had begun. */
  readonly step: JournalStep;
  readonly system: SystemId;
  readonly launch: Launch;
  /** The file with the key, as the system names it. */
  readonly location: string;
  /** The copy of its old bytes; null where there was no file. */
  readonly copy: string | null;
  /** Whether the file held a key before. */
  readonly hadKey: boolean;
  /** The old key must never come back. */
  readonly leaked: boolean;
  readonly oldFingerprint: string | null;
  readonly newFingerprint: string | null;
  /** What the new key is made as; null where the caller brought it. */
  readonly format: KeyFormat | null;
  /** The program that restarts the server, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly url: string;
  /** The address is one that the user has named, so that keys may be sent there. */
  readonly named: boolean;
  /** The only certificate that is trusted there, DER in base64; null for the usual authorities. */
  readonly certificate: string | null;
  /** The addresses that the server listened on before; null where that cannot be seen. */
  readonly listening: readonly string[] | null;
  /** It let everybody in before. */
  readonly wasOpen: boolean;
  /** When it began: ISO 8601, UTC. */
  readonly since: string;
  readonly user: string;
  readonly host: string;
  /** What the proof came to, from the commit on; absent in journals of older versions. */
  readonly outcome?: JournalOutcome;
}

/** What a proof came to that undid nothing. */
export interface JournalOutcome {
  readonly status: "rotated" | "unverified" | "logged";
  readonly reason: RotateReason;
}

/** Reads a journal's text; null for anything that keyward does not write. */
export function parseJournal(text: string): Journal | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isJournal(value) ? value : null;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const orNull =
  (test: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || test(value);

const fields: Readonly<Record<keyof Journal, (value: unknown) => boolean>> = {
  version: (value) => value === 1,
  step: (value) => journalSteps.some((step) => step === value),
  system: isText,
  launch: isText,
  location: isText,
  copy: orNull(isText),
  hadKey: isFlag,
  leaked: isFlag,
  oldFingerprint: orNull(isText),
  newFingerprint: orNull(isText),
  format: orNull((value) => keyFormats.some((format) => format === value)),
  command: (value) => isTexts(value) && Array.isArray(value) && value.length > 0,
  url: isText,
  named: isFlag,
  certificate: orNull(isText),
  listening: orNull(isTexts),
  wasOpen: isFlag,
  since: isText,
  user: isText,
  host: isText,
  outcome: (value) => value === undefined || isOutcome(value),
};

function isOutcome(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { status, reason }: { status?: unknown; reason?: unknown } = value;
  const { code, message }: { code?: unknown; message?: unknown } = reason ?? {};
  const statuses: readonly unknown[] = ["rotated", "unverified", "logged"];
  return statuses.includes(status) && isText(code) && isText(message);
}

function isJournal(value: unknown): value is Journal {
  if (typeof value !== "object" || value === null) return false;
  const found = new Map(Object.entries(value));
  return Object.entries(fields).every(([name, test]) => test(found.get(name)));
}
