/*
 * A server that nothing is known of may want its key in another form than the one that is tried: it
 * then says the same to the right key as to none. That is no answer to the key, and is not called one.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

import { describe, expect, it } from "vitest";

import { probe } from "../../src/probe/probe.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";
import { keyA as key } from "../helpers/keys.js";
import { testMachine } from "../helpers/machine.js";
import { startHttp } from "./servers.js";

interface Server {
  readonly isRight: (request: IncomingMessage) => boolean;
  readonly refuse: (response: ServerResponse, request: IncomingMessage) => void;
  readonly accept?: (response: ServerResponse) => void;
}

const bearer = ({ headers }: IncomingMessage) => headers.authorization === `Bearer ${key}`;
const json = (status: number, value: unknown, headers: Record<string, string> = {}) => {
  return (response: ServerResponse) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };
};
const bare = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status).end();

async function ask({ isRight, refuse, accept = json(200, {}) }: Server) {
  const server = await startHttp((request, response) =>
    isRight(request) ? accept(response) : refuse(response, request),
  );
  const system = createGenericSystem({ path: "/validate", transport: "bearer" });
  const report = await probe({ system, url: server.url, key, machine: testMachine() });
  expect(JSON.stringify(report)).not.toContain(key);
  return { ...report, received: server.received };
}

describe("a server that wants its key in another form", () => {
  const tried = "/validate refuses the key in the form that was tried (Authorization: Bearer KEY)";
  const basic = `Basic ${Buffer.from(`opencode:${key}`).toString("base64")}`;

  it.each<[string, Server, string, string]>([
    [
      "Basic",
      {
        isRight: ({ headers }) => headers.authorization === basic,
        refuse: (response) =>
          void response.writeHead(401, { "WWW-Authenticate": 'Basic realm="Secure Area"' }).end(),
      },
      "other-login",
      "the answer asks for Basic authentication",
    ],
    [
      "Authorization: token",
      {
        isRight: ({ headers }) => headers.authorization === `token ${key}`,
        refuse: json(403, { message: "Forbidden", reason: null }),
      },
      "form-unknown",
      "the answer does not say which form it asks for",
    ],
    [
      "X-API-Key, and a challenge that says Bearer",
      {
        isRight: ({ headers }) => headers["x-api-key"] === key,
        refuse: json(401, { error: "Unauthorized" }, { "WWW-Authenticate": "Bearer" }),
      },
      "form-unknown",
      "the answer does not say which form it asks for",
    ],
    [
      "a cookie, with a new time in each answer",
      {
        isRight: ({ headers }) => headers.cookie === `session=${key}`,
        refuse: (response) => json(401, { error: "Unauthorized", time: Date.now() })(response),
      },
      "form-unknown",
      "the answer does not say which form it asks for",
    ],
    [
      "a proxy's login page",
      {
        isRight: () => false,
        refuse: (response) =>
          void response
            .writeHead(401, { "Content-Type": "text/html" })
            .end("<html><h1>401 Authorization Required</h1></html>"),
      },
      "other-login",
      "the answer is a web page, as a proxy sends it",
    ],
    [
      "a scheme whose name is not repeated",
      {
        isRight: () => false,
        refuse: json(401, {}, { "WWW-Authenticate": `${key} realm=x` }),
      },
      "other-login",
      "the answer asks for another kind of authentication",
    ],
  ])("%s: cannot be told, and names the form", async (_, server, code, asks) => {
    expect(await ask(server)).toMatchObject({
      verdict: "inconclusive",
      reason: { code, message: `${tried}; ${asks}` },
    });
  });

  it.each<[string, Server["refuse"]]>([
    [
      "in its words",
      (response, { headers }) =>
        json(401, { error: headers.authorization ? "wrong key" : "no key" })(response),
    ],
    ["by its status", (response, { headers }) => bare(headers.authorization ? 403 : 401)(response)],
    [
      "in its challenge",
      (response, { headers }) =>
        json(
          401,
          {},
          {
            "WWW-Authenticate": headers.authorization ? 'Bearer error="invalid_token"' : "Bearer",
          },
        )(response),
    ],
  ])("who tells a wrong key from none %s rejects the key", async (_, refuse) => {
    expect(await ask({ isRight: () => false, refuse })).toMatchObject({ verdict: "key-rejected" });
  });
});

describe("what accepts after two refusals", () => {
  it.each<[string, Required<Server>["accept"], string]>([
    ["204", bare(204), "enforced"],
    ["200 without a body", bare(200), "enforced"],
    ["202 without a body", bare(202), "enforced"],
    ["a list", json(200, []), "enforced"],
    ["true", json(200, true), "enforced"],
    ["some text", (response) => void response.writeHead(200).end("hello"), "inconclusive"],
    [
      "a web page, which may be a login",
      (response) => void response.writeHead(200).end("<html>Incorrect password</html>"),
      "inconclusive",
    ],
  ])("%s", async (_, accept, verdict) => {
    expect(await ask({ isRight: bearer, refuse: bare(401), accept })).toMatchObject({ verdict });
  });

  it("is asked for as it is, not compressed", async () => {
    const { received } = await ask({ isRight: bearer, refuse: bare(401) });
    for (const request of received) expect(request).toContain("Accept-Encoding\nidentity");
  });
});

describe("a server that looks at the Host header", () => {
  const isForeign = ({ headers }: IncomingMessage) => headers.host === "keyward.invalid";

  it.each<[string, Server["refuse"], boolean]>([
    [
      "and refuses a foreign one with 403",
      (response, request) => bare(isForeign(request) ? 403 : 401)(response),
      false,
    ],
    ["and refuses everything with 403", bare(403), false],
    [
      "and misdirected requests with 421",
      (response, request) => bare(isForeign(request) ? 421 : 401)(response),
      false,
    ],
    ["not at all", bare(401), true],
  ])("%s", async (_, refuse, isFound) => {
    const { findings } = await ask({ isRight: bearer, refuse });
    expect(findings.some(({ id }) => id === "any-host")).toBe(isFound);
  });
});
