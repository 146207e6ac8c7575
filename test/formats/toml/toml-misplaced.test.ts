import { describe, expect, it } from "vitest";

import { findMisplaced } from "../../../src/formats/toml/toml-misplaced.js";

const find = (text: string) => findMisplaced(Buffer.from(text), ["server", "auth", "api_key"]);

describe("findMisplaced", () => {
  it.each<[string, string, object]>([
    ["the table above", '[server]\napi_key = "k"\n', { line: 2, table: "[server]" }],
    ["no table", 'api_key = "k"\n', { line: 1, table: null }],
    ["the last table alone", '[auth]\n\napi_key = "k"\n', { line: 3, table: "[auth]" }],
    ["another case", '[Server.Auth]\napi_key = "k"\n', { line: 2, table: "[Server.Auth]" }],
    ["a dotted name", 'server.api_key = "k"\n', { line: 1, table: "[server]" }],
    ["a dash", '[server.auth]\napi-key = "k"\n', { line: 2, name: "api-key" }],
    ["no dash", '[server.auth]\napikey = "k"\n', { line: 2, name: "apikey" }],
    ["capitals", '[server.auth]\nAPI_KEY = "k"\n', { line: 2, name: "API_KEY" }],
  ])("finds a key in the wrong place: %s", (_, text, expected) => {
    expect(find(text)).toMatchObject(expected);
  });

  it.each([
    '[server.auth]\napi_key = "k"\n',
    '[engine.openai]\napi_key = "k"\n',
    '[server]\nhost = "k"\n[[server.list]]\napi_key = "k"\n',
    "",
  ])("leaves others alone: %j", (text) => {
    expect(find(text)).toBeNull();
  });
});
