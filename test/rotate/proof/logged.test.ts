import * as fs from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { createMachine } from "../../../src/core/machine.js";
import { withFile } from "../../../src/locations/with-file.js";
import { readHistory } from "../../../src/rotate/journal/history.js";
import { rotateKey } from "../../../src/rotate/rotate.js";
import type { ProbePlan } from "../../../src/systems/contract/probe-plan.js";
import type { System } from "../../../src/systems/contract/system.js";
import { createGenericSystem } from "../../../src/systems/generic/generic.js";
import { keyA } from "../../helpers/keys.js";
import { temporaryFolder, testMachine } from "../../helpers/machine.js";

type Form = "header" | "url";

/** A system that takes its key in these forms, and logs URLs. */
async function describeSystem(forms: readonly Form[]): Promise<System> {
  const plans = await Promise.all(
    forms.map(async (form): Promise<ProbePlan> => {
      const transport = form === "header" ? "bearer" : "query";
      return createGenericSystem({ path: "/validate", transport }).loadProbe();
    }),
  );
  const [first] = plans;
  if (first === undefined) throw new TypeError("a system has a form");
  const checks = plans
    .flatMap((plan) => plan.checks(null))
    .map((check) => (check.transport === "query" ? { ...check, logged: true } : check));
  const generic = createGenericSystem({ path: "/validate", transport: "bearer" });
  return { ...generic, loadProbe: () => Promise.resolve({ ...first, checks: () => checks }) };
}

/** A server of such a system, which after its restart still takes the old key in some forms. */
async function prepare(forms: readonly Form[], stillTaken: readonly Form[]) {
  const { clock } = createMachine({ process, date: Date });
  const home = temporaryFolder();
  const machine = testMachine({ home, clock, hostname: os.hostname(), cwd: "/" });
  const file = join(home, "agent.env");
  const flag = join(home, "restarted");
  fs.writeFileSync(file, `AGENT_KEY=${keyA}\n`, { mode: 0o600 });
  const readKey = () => fs.readFileSync(file, "utf8").trim().replace("AGENT_KEY=", "");
  let current = keyA;
  const shown: { readonly form: Form; readonly key: "old" | "new" }[] = [];
  const isTaken = ({ headers, url = "" }: IncomingMessage): boolean => {
    const query = new URL(url, "http://localhost").searchParams.get("token");
    const given = query ?? headers.authorization?.replace("Bearer ", "");
    const form: Form = query === null ? "header" : "url";
    const isOld = given === keyA && current !== keyA;
    if (isOld || given === current) shown.push({ form, key: isOld ? "old" : "new" });
    return given === current || (isOld && stillTaken.includes(form));
  };
  const server = createServer((request, response) => {
    if (fs.existsSync(flag)) {
      fs.rmSync(flag);
      current = readKey();
      shown.length = 0;
    }
    response.writeHead(isTaken(request) ? 200 : 401).end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const known = await describeSystem(forms);
  const system = withFile(known, { path: file, variable: "AGENT_KEY", dialect: undefined });
  const command = ["/bin/sh", "-c", `echo > ${flag}`] as const;
  const options = { system, machine, restart: { command, url, timeoutMs: 25_000 } };
  return { home, file, machine, options, shown };
}

const journals = (home: string) => join(home, ".local", "state", "keyward", "rotations");

describe("an old key in a URL that the server logs", () => {
  it("is tried last, once, and the new key never", async () => {
    const { options, shown } = await prepare(["header", "url"], []);
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "rotated", workers: { met: 1, seen: 1 } });
    expect(shown.filter(({ form }) => form === "url")).toEqual([{ form: "url", key: "old" }]);
    expect(shown.at(-1)).toEqual({ form: "url", key: "old" });
    expect(shown.filter(({ key }) => key === "old").length).toBeGreaterThanOrEqual(65);
  });

  it("and is taken there alone is not undone, since it stands in the log now", async () => {
    const { home, file, machine, options } = await prepare(["header", "url"], ["url"]);
    const { report, newKey } = await rotateKey(options);
    expect(report).toMatchObject({ status: "logged", reason: { code: "accepted" } });
    expect(report.reason.message).toContain("still takes the old key in the URL of /validate");
    expect(report.newFingerprint).toMatch(/^sha256:/);
    expect(fs.readFileSync(file, "utf8")).toBe(`AGENT_KEY=${newKey}\n`);
    expect(readHistory(machine)).toMatchObject([{ outcome: "logged" }]);
    // Nothing is left to be finished, so that the next rotation is not refused.
    expect(fs.existsSync(journals(home))).toBe(false);
    expect(fs.readdirSync(home).filter((name) => name.includes("keyward-old"))).toEqual([]);
    expect((await rotateKey(options)).report.status).toBe("rotated");
  });

  it("is not tried where another form takes it", async () => {
    const { file, options, shown } = await prepare(["header", "url"], ["header", "url"]);
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "undone", reason: { code: "accepted" } });
    expect(shown.filter(({ form }) => form === "url")).toEqual([]);
    expect(fs.readFileSync(file, "utf8")).toBe(`AGENT_KEY=${keyA}\n`);
  });

  it("undoes as any other where there is no other form", async () => {
    const { file, options } = await prepare(["url"], ["url"]);
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "undone", reason: { code: "accepted" } });
    expect(fs.readFileSync(file, "utf8")).toBe(`AGENT_KEY=${keyA}\n`);
  });
});
