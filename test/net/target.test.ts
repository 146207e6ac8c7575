import { describe, expect, it } from "vitest";

import { KeywardError } from "../../src/core/errors.js";
import { judgeTarget, type KeyPolicy, parseTarget } from "../../src/net/target.js";

describe("parseTarget", () => {
  it.each([
    ["http://127.0.0.1:8742", "http://127.0.0.1:8742", true, ["127.0.0.1"]],
    ["HTTP://127.0.0.1:8742/", "http://127.0.0.1:8742", true, ["127.0.0.1"]],
    ["http://127.9.9.9", "http://127.9.9.9", true, ["127.9.9.9"]],
    ["http://127.1:80", "http://127.0.0.1", true, ["127.0.0.1"]],
    ["http://[::1]:8742", "http://[::1]:8742", true, ["::1"]],
    ["http://[::ffff:127.0.0.1]:1", "http://[::ffff:7f00:1]:1", true, ["::ffff:7f00:1"]],
    ["http://0.0.0.0:8742", "http://127.0.0.1:8742", true, ["127.0.0.1"]],
    ["http://[::]:8742", "http://[::1]:8742", true, ["::1"]],
    ["http://localhost:8742", "http://localhost:8742", true, ["127.0.0.1", "::1"]],
    ["http://LocalHost.:8742", "http://localhost.:8742", true, ["127.0.0.1", "::1"]],
    ["http://agent.localhost", "http://agent.localhost", true, ["127.0.0.1", "::1"]],
    ["http://localhost.example.com", "http://localhost.example.com", false, null],
    ["http://127.0.0.1.example.com", "http://127.0.0.1.example.com", false, null],
    ["http://10.0.0.1:8742", "http://10.0.0.1:8742", false, ["10.0.0.1"]],
    ["http://128.0.0.1", "http://128.0.0.1", false, ["128.0.0.1"]],
    ["http://[::ffff:10.0.0.1]", "http://[::ffff:a00:1]", false, ["::ffff:a00:1"]],
    ["https://Agent.Example/jean2//", "https://agent.example/jean2", false, null],
  ])("reads %s", (text, url, loopback, addresses) => {
    expect(parseTarget(text)).toMatchObject({ url, loopback, addresses });
  });

  it.each([
    ["https://agent.example", 443, true],
    ["http://agent.example", 80, false],
    ["https://agent.example:8443", 8443, true],
  ])("knows the port of %s", (text, port, secure) => {
    expect(parseTarget(text)).toMatchObject({ port, secure });
  });

  it.each([
    ["", "the address of the server is not an http or https URL"],
    ["127.0.0.1:8742", "the address of the server is not an http or https URL"],
    ["localhost:8742", "the address of the server is not an http or https URL"],
    ["http:127.0.0.1", "the address of the server is not an http or https URL"],
    ["http:///127.0.0.1", "the address of the server is not an http or https URL"],
    ["ftp://127.0.0.1", "the address of the server is not an http or https URL"],
    ["http://s3cret key/", "the address of the server is not an http or https URL"],
    ["http://127.0.0.1:99999", "the address of the server is not an http or https URL"],
    ["http://user:s3cret@127.0.0.1", "the address of the server holds a user name or password"],
    ["http://s3cret@127.0.0.1", "the address of the server holds a user name or password"],
    ["http://127.0.0.1/?token=s3cret", "the address of the server has a query or a fragment"],
    ["http://127.0.0.1/#s3cret", "the address of the server has a query or a fragment"],
    ["http://127.0.0.1/?", "the address of the server has a query or a fragment"],
    ["http://127.0.0.1:0", "no server listens on port 0"],
  ])("refuses %s without repeating it", (text, message) => {
    const error = catchError(() => parseTarget(text));
    expect(error).toMatchObject({ code: "usage", message });
    expect(error.hint).toContain("http://127.0.0.1:8742");
    expect(`${error.message} ${error.hint}`).not.toContain("s3cret");
  });
});

describe("judgeTarget", () => {
  const named = ["https://agent.example/", "http://10.0.0.7:8742"];
  const send = { send: true };
  const stay = { send: false };
  it.each<[string, KeyPolicy, object]>([
    ["http://127.0.0.1:8742", { source: "stored" }, send],
    ["http://localhost:8742", { source: "stored" }, send],
    ["https://127.0.0.1:8742", { source: "stored", insecure: true }, send],
    ["http://127.0.0.1:8742", { source: "given" }, send],
    ["https://agent.example", { source: "stored" }, stay],
    ["http://10.0.0.7:8742", { source: "stored", allowPlaintext: true }, stay],
    ["https://agent.example", { source: "stored", namedUrls: named }, send],
    ["https://agent.example:443/below", { source: "stored", namedUrls: named }, send],
    ["https://agent.example:8443", { source: "stored", namedUrls: named }, stay],
    ["https://www.agent.example", { source: "stored", namedUrls: named }, stay],
    ["http://agent.example", { source: "stored", namedUrls: named }, stay],
    ["http://10.0.0.7:8742", { source: "stored", namedUrls: named, allowPlaintext: true }, send],
    ["https://agent.example", { source: "given" }, send],
    ["https://agent.example", { source: "given", insecure: true }, send],
    ["http://agent.example", { source: "given", allowPlaintext: true }, send],
  ])("decides about %s with %j", (url, policy, decision) => {
    expect(judgeTarget(parseTarget(url), policy)).toMatchObject(decision);
  });

  it.each<[string, KeyPolicy, string]>([
    [
      "http://agent.example",
      { source: "given" },
      "http://agent.example would get the key unencrypted",
    ],
    [
      "http://10.0.0.7:8742",
      { source: "stored", namedUrls: named },
      "http://10.0.0.7:8742 would get the key unencrypted",
    ],
    [
      "https://agent.example",
      { source: "stored", namedUrls: named, insecure: true },
      "without a check of its certificate, https://agent.example does not get the key of this machine",
    ],
  ])("refuses %s with %j", (url, policy, message) => {
    const error = catchError(() => judgeTarget(parseTarget(url), policy));
    expect(error).toMatchObject({ code: "target-refused", message });
    expect(error.hint).toMatch(/--allow-plaintext|--ca/);
  });
});

function catchError(action: () => unknown): KeywardError {
  try {
    action();
  } catch (error) {
    if (error instanceof KeywardError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
