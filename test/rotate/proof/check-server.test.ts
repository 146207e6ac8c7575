import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { checkBeforeChange, type Knowledge } from "../../../src/rotate/proof/check-server.js";
import { uninterrupted } from "../../../src/rotate/interrupt.js";
import { createReferenceServer } from "../../../src/reference-server/reference.js";
import { jean2 } from "../../../src/systems/jean2/jean2.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { findPort } from "../../helpers/restartable-server.js";

/** Checks against a server with that key; `undefined` for none that answers. */
async function check(
  serverKey: string | null | undefined,
  oldKey: string | null,
  know: (folder: string) => Knowledge | null = () => null,
) {
  const machine = testMachine();
  let url = `http://127.0.0.1:${await findPort()}`;
  if (serverKey !== undefined) {
    const reference = createReferenceServer({ system: "jean2", key: serverKey, clock: Date });
    ({ url } = await reference.listen({ host: "127.0.0.1", port: 0 }));
    onTestFinished(() => reference.close());
  }
  const listener = { keyFile: null, unitUser: null };
  const server = { system: jean2, machine, url, named: false, trust: {}, listener };
  const knowledge = know(machine.home);
  return checkBeforeChange({ server, oldKey, knowledge, interrupt: uninterrupted });
}

const pidFile = (text: string) => (folder: string) => {
  const path = join(folder, "server.pid");
  writeFileSync(path, text);
  return { pidFile: path };
};
const isActive = () => ({ command: ["/bin/sh", "-c", "exit 0"] }) as const;
const isInactive = () => ({ command: ["/bin/sh", "-c", "exit 3"] }) as const;
/** A process number that Linux never gives. */
const nobody = String(2 ** 30);

describe("before a rotation, the server", () => {
  it.each([
    ["takes the key of the file", keyA, keyA, undefined, "current"],
    ["has another key than the file", keyB, keyA, undefined, "stale"],
    ["has a key, and the file none", keyB, null, undefined, "stale"],
    ["lets everybody in", null, keyA, undefined, "open"],
    ["is stopped", undefined, keyA, undefined, "stopped"],
    ["is stopped, and left its pid file", undefined, keyA, pidFile(nobody), "stopped"],
    ["is stopped, by its service manager", undefined, keyA, isInactive, "stopped"],
    ["runs, by Jean2's pid file", keyA, keyA, pidFile(`{"pid":${process.pid}}`), "current"],
    ["runs, by OpenJarvis's pid file", keyA, keyA, pidFile(`${process.pid}\n`), "current"],
    ["runs, by its service manager", keyA, keyA, isActive, "current"],
  ] as const)("%s", async (_, serverKey, oldKey, know, condition) => {
    expect(await check(serverKey, oldKey, know)).toMatchObject({ condition });
  });

  it.each([
    ["runs, but does not answer", undefined, isActive, "nothing listens there"],
    ["runs by its pid file, but does not answer", undefined, pidFile(`${process.pid}`), "nothing"],
    ["answers, but is not the one of the pid file", keyA, pidFile(nobody), "does not know of it"],
    ["answers, but has no pid file", keyA, () => ({ pidFile: "/no/such" }), "does not know of it"],
    ["answers, but is no service", keyA, isInactive, "does not know of it"],
  ] as const)("%s: nothing is changed", async (_, serverKey, know, words) => {
    await expect(check(serverKey, keyA, know)).rejects.toMatchObject({
      code: "unprovable",
      message: expect.stringContaining(words) as string,
    });
  });
});
