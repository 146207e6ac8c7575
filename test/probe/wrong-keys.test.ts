import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

import { describe, expect, it } from "vitest";

import { createMachine } from "../../src/core/machine.js";
import { probe } from "../../src/probe/probe.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import type { System } from "../../src/systems/contract/system.js";
import { testCli } from "../helpers/run-cli.js";
import { KEY, serve } from "../helpers/site-client.js";
import { sendJson, startHttp, startRaw } from "./servers.js";

const machine = createMachine({ process, date: Date });
const generic = createGenericSystem({ path: "/validate", transport: "bearer" });

/** A server with a validate endpoint, which does to the nth wrong key what is said of it. */
function startValidate(answer: (nth: number) => "take" | "refuse" | "limit") {
  let wrong = 0;
  return startHttp(({ headers }: IncomingMessage, response) => {
    const given = headers.authorization;
    const isWrong = given !== undefined && given !== `Bearer ${KEY}`;
    const done = isWrong ? answer(++wrong) : given === undefined ? "refuse" : "take";
    sendJson(response, { take: 200, refuse: 401, limit: 429 }[done], {});
  });
}

/** What stands before a server and changes the requests to it, as a gate that can be passed would. */
function startGate(port: number, change: (request: string) => string) {
  const behind = new Map<Socket, Socket>();
  return startRaw((socket, data) => {
    const open = behind.get(socket);
    if (open !== undefined) {
      open.write(data, "latin1");
      return;
    }
    const upstream = connect(port, "127.0.0.1").on("error", () => {});
    behind.set(socket, upstream);
    socket.on("close", () => upstream.destroy());
    upstream.pipe(socket);
    upstream.write(change(data), "latin1");
  });
}

const ask = (system: System, url: string, tryLimit = true) =>
  probe({ system, url, key: KEY, machine, tryLimit });

describe("a wrong key that is taken is no limit", () => {
  it.each<[string, (nth: number) => boolean]>([
    ["every one after eight", (nth) => nth > 8],
    ["every fifth", (nth) => nth % 5 === 0],
    ["the last that is tried", (nth) => nth === 21],
  ])("%s", async (_, takes) => {
    const { url } = await startValidate((nth) => (takes(nth) ? "take" : "refuse"));
    const { verdict, reason, checks, findings } = await ask(generic, url);
    expect({ verdict, code: reason.code }).toEqual({ verdict: "open", code: "lets-in-garbage" });
    expect(reason.message).toMatch(/^\/validate accepts a wrong key after \d+ that it refused$/);
    const garbage = checks.find(({ credential }) => credential === "garbage");
    expect(garbage).toMatchObject({ observed: "accept", ok: false });
    expect(findings.map(({ id }) => id)).not.toContain("try-limit");
  });

  it("whatever form it is taken in: here only a WebSocket's, after ten", async () => {
    let wrong = 0;
    const { url } = await startGate(await serve({ system: "jean2", key: KEY }), (request) =>
      request.startsWith("GET /ws?token=") && !request.includes(KEY) && ++wrong > 10
        ? request.replace(/token=[\w-]+/, `token=${KEY}`)
        : request,
    );
    const { verdict, reason } = await ask(jean2, url);
    expect({ verdict, message: reason.message }).toEqual({
      verdict: "open",
      message: expect.stringMatching(/^\/ws accepts a wrong key after \d+ that it refused$/),
    });
  });

  it("and the command ends with status 1", async () => {
    const { url } = await startValidate((nth) => (nth > 8 ? "take" : "refuse"));
    const words = "--system generic auth probe --path /validate --key-env MINE --try-limit";
    const cli = testCli({ env: { MINE: KEY } });
    const { code, stdout } = await cli.run("keyward", ...words.split(" "), url);
    expect(stdout).toContain(`open: ${url}: /validate accepts a wrong key after`);
    expect(stdout).not.toContain("limits wrong tries");
    expect(code).toBe(1);
  });
});

describe("wrong keys that are refused leave the verdict as it is", () => {
  it.each<[string, (nth: number) => "refuse" | "limit", string]>([
    ["limited", (nth) => (nth > 8 ? "limit" : "refuse"), "changed at try 8"],
    ["not limited", () => "refuse", "it answered 20 wrong keys in a row"],
  ])("%s", async (_, answer, words) => {
    const { url } = await startValidate(answer);
    const { verdict, findings } = await ask(generic, url);
    expect(verdict).toBe("enforced");
    expect(findings.map(({ message }) => message).join("\n")).toContain(words);
  });
});

describe("a name is no key", () => {
  it.each([
    ["Host", "Host: keyward.invalid"],
    ["Origin", "Origin: https://keyward.invalid"],
  ])("a foreign %s that lets in makes the verdict open", async (_, header) => {
    const port = await serve({ system: "openjarvis", key: KEY });
    const { url, received } = await startGate(port, (request) =>
      request.startsWith("GET /v1/info ") && request.includes(header)
        ? request.replace("\r\n", `\r\nAuthorization: Bearer ${KEY}\r\n`)
        : request,
    );
    const { verdict, reason } = await ask(openjarvis, url, false);
    expect({ verdict, reason }).toEqual({
      verdict: "open",
      reason: {
        code: "lets-in-anybody",
        message: `/v1/info answers without a key to a request with ${header}`,
      },
    });
    // Who lets in without a key is not given one.
    expect(received.join("\n")).not.toContain(KEY);
  });
});
