import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { KeywardError } from "../../src/core/errors.js";
import { JournalKeeper } from "../../src/rotate/journal/journal.js";
import type { JournalStep } from "../../src/rotate/journal/journal-shape.js";
import { recoverRotation } from "../../src/rotate/recover.js";
import type { RotateReport } from "../../src/rotate/report.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { chooseCases, extent, tellCount } from "../helpers/chaos.js";
import { keyA, keyB } from "../helpers/keys.js";
import { buildServer } from "../helpers/restartable-server.js";
import {
  describeCutOff,
  oldText,
  prepareRotation,
  type RotationSetting,
} from "../helpers/rotation.js";

/*
 * A rotation is cut off, and then a person does whatever a person may do: puts another key into the
 * file, takes the file or the copy away, restarts or stops the server. Every combination of the step,
 * of what is on the disk and of what the server takes has to end, by --resume and by --undo: in a
 * state that the server itself confirms, or with commands that lead to one.
 */

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-recover-table-"));
let script: string;
beforeAll(async () => {
  script = await buildServer(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const keyC = `${keyA.slice(1)}x`;
const texts = {
  old: oldText,
  new: oldText.replace(keyA, keyB),
  third: oldText.replace(keyA, keyC),
  none: null,
} as const;

interface Case {
  readonly step: JournalStep;
  readonly file: keyof typeof texts;
  readonly copy: "copy" | "no copy";
  readonly server: "old" | "new" | "third" | "open" | "stopped" | "deaf";
  readonly how: "resume" | "undo";
  readonly leaked: boolean;
}

const cases: Case[] = (["write", "restart", "prove", "commit", "undo"] as const).flatMap((step) =>
  (["old", "new", "third", "none"] as const).flatMap((file) =>
    (["copy", "no copy"] as const).flatMap((copy) =>
      (["old", "new", "third", "open", "stopped", "deaf"] as const).flatMap((server) =>
        (["resume", "undo"] as const).flatMap((how) =>
          [false, true].map((leaked) => ({ step, file, copy, server, how, leaked })),
        ),
      ),
    ),
  ),
);

function writeFile(path: string, text: string | null): void {
  if (text === null) fs.rmSync(path, { force: true });
  else fs.writeFileSync(path, text, { mode: 0o600 });
}

interface Arranged {
  readonly setting: RotationSetting;
  readonly recover: (how: Case["how"]) => Promise<RotateReport | KeywardError>;
  readonly journal: string;
}

async function arrange({ step, file, copy, server, leaked }: Case): Promise<Arranged> {
  const setting = await prepareRotation(script);
  const { machine } = setting;
  if (server === "new" || server === "third") {
    writeFile(setting.file, texts[server]);
    await setting.server.restart();
  } else if (server === "open") {
    setting.server.setMode("open");
    await setting.server.restart();
    setting.server.setMode("well");
  } else if (server === "stopped") await setting.server.stop();
  else if (server === "deaf") setting.server.setMode("ignore");
  writeFile(setting.file, texts[file]);
  if (copy === "copy") writeFile(setting.copy, oldText);
  const journal = describeCutOff(setting, step, { leaked, wasOpen: server === "open" });
  const keeper = new JournalKeeper(journal, machine);
  keeper.enter(step);
  const recover = async (how: Case["how"]): Promise<RotateReport | KeywardError> => {
    try {
      const restart = { timeoutMs: 600 };
      return (await recoverRotation({ system: jean2, machine, how, restart })).report;
    } catch (error) {
      if (error instanceof KeywardError) return error;
      throw error;
    }
  };
  return { setting, recover, journal: keeper.path };
}

function readKeyOf({ file }: RotationSetting): string | null {
  if (!fs.existsSync(file)) return null;
  return /^JEAN2_AUTH_TOKEN=(.*)$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? null;
}

/** What is wrong with a rotation that is said to be over. */
async function findUnfinished(one: Case, setting: RotationSetting, report: RotateReport) {
  const { status, steps } = report;
  const key = readKeyOf(setting);
  const wasAsked = steps.some(({ name, ok }) => ok && (name === "prove" || name === "undo"));
  const isAskable = one.server !== "stopped" && one.step !== "write" && one.step !== "commit";
  const isProven = !wasAsked || !isAskable || (await setting.ask(key)) === "enforced";
  const isUntried = one.copy === "no copy" && one.file === "new" && wasAsked;
  return listTrue({
    "something is left over": setting.listLeftovers().length > 0,
    "the old key is in the file": status === "rotated" && key === keyA,
    "the leaked key is back": one.leaked && one.file !== "old" && key === keyA,
    "the old key was not tried": status === "rotated" && isUntried,
    "the server does not take the file's key alone": !isProven,
  });
}

/** What is wrong with a rotation that did not end, whose user then does what is proposed. */
async function findDeadEnd(
  one: Case,
  { setting, recover, journal, before }: Arranged & { readonly before: string | null },
  ended: RotateReport | KeywardError,
) {
  const proposes = ended instanceof KeywardError ? ended.hint !== undefined : ended.next.length > 0;
  const problems = listTrue({
    "nothing is proposed": !proposes,
    "somebody else's key is gone": one.file === "third" && readFile(setting.file) !== before,
  });
  const isRepairable = one.server !== "stopped" && readKeyOf(setting) !== null;
  if (!isRepairable || !fs.existsSync(journal)) return problems;
  setting.server.setMode("well");
  await setting.server.restart();
  const later = await recover("resume");
  const status = later instanceof KeywardError ? later.code : later.status;
  const isEnded = ["rotated", "unverified", "unchanged", "undone"].includes(status);
  // Nobody can tell whether an old key is dead that nobody has.
  const isUntold = one.copy === "no copy" && one.file === "third" && status === "stuck";
  const isProven = isUntold || (await setting.ask(readKeyOf(setting))) === "enforced";
  return [
    ...problems,
    ...listTrue({
      [`a repair does not end it: ${status}`]: !isEnded && !isUntold,
      "the server does not take the file's key alone after a repair": !isProven,
    }),
  ];
}

function listTrue(problems: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(problems).filter((name) => problems[name] === true);
}

function readFile(path: string): string | null {
  return fs.existsSync(path) ? fs.readFileSync(path, "utf8") : null;
}

const chosen = chooseCases("recover table", cases.length, 16).map((number) => cases[number - 1]);
tellCount(`recovery: ${chosen.length} cases`);

describe(`a rotation that was cut off, and then repaired or made worse by hand (${extent})`, () => {
  it.each(chosen as Case[])(
    "in $step, with the $file key in the file, $copy, a server with: $server, leaked: $leaked, ends by --$how",
    { timeout: 30_000 },
    async (one) => {
      const arranged = await arrange(one);
      const before = readFile(arranged.setting.file);
      const ended = await arranged.recover(one.how);
      const isOver = !(ended instanceof KeywardError) && ended.status !== "stuck";
      const problems = isOver
        ? await findUnfinished(one, arranged.setting, ended)
        : await findDeadEnd(one, { ...arranged, before }, ended);
      expect(problems).toEqual([]);
    },
  );
});
