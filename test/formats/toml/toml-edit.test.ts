import { describe, expect, it } from "vitest";

import { KeywardError } from "../../../src/core/errors.js";
import { editToml, readToml } from "../../../src/formats/toml/toml.js";

const keyPath = ["server", "auth", "api_key"] as const;

function edit(before: string | Buffer | null, value: string | null) {
  const bytes = before === null ? null : Buffer.from(before);
  const result = editToml(bytes, [...keyPath], value);
  expect(result.before).toBe(bytes);
  return { after: result.after.toString(), notes: result.notes };
}

describe("editToml sets", () => {
  it.each<[string, string, string]>([
    ["a basic string", '[server.auth]\napi_key = "old"\n', '[server.auth]\napi_key = "new"\n'],
    ["a literal", "[server.auth]\napi_key='old' # c", '[server.auth]\napi_key="new" # c'],
    [
      "a multi-line string",
      '[server.auth]\r\napi_key = """\r\nold\\\r\n"""  # c\r\nx = 1\r\n',
      '[server.auth]\r\napi_key = "new"  # c\r\nx = 1\r\n',
    ],
    [
      "a multi-line literal",
      "server.auth.api_key = '''\nold\n'''\n",
      'server.auth.api_key = "new"\n',
    ],
    ["an empty value", '[server.auth]\napi_key = ""', '[server.auth]\napi_key = "new"'],
    ["a number", "[server.auth]\napi_key = 0x1F # c\n", '[server.auth]\napi_key = "new" # c\n'],
    [
      "nested inline tables",
      "server = { auth = { api_key = 'old' }, port = 1 } # c\n",
      'server = { auth = { api_key = "new" }, port = 1 } # c\n',
    ],
    [
      "a dotted key with blanks and quotes",
      "[ 'server' ]\n  \"auth\" . api_key\t=\t'old'\n",
      '[ \'server\' ]\n  "auth" . api_key\t=\t"new"\n',
    ],
    [
      "no other provider's key",
      '[engine.openai]\napi_key = "a"\n[server.auth]\nopenai_api_key = "b"\napi_key = "old"\n[x]\napi_key = "c"\n',
      '[engine.openai]\napi_key = "a"\n[server.auth]\nopenai_api_key = "b"\napi_key = "new"\n[x]\napi_key = "c"\n',
    ],
    [
      "nothing in comments and strings",
      '# [server.auth]\n# api_key = "a"\nnote = """\n[server.auth]\napi_key = "b"\n"""\n[server.auth]\napi_key = "old"\n',
      '# [server.auth]\n# api_key = "a"\nnote = """\n[server.auth]\napi_key = "b"\n"""\n[server.auth]\napi_key = "new"\n',
    ],
    [
      "a value behind characters of two and four bytes",
      'title = "é😀"\n[server.auth]\napi_key = "öld" # 😀\n',
      'title = "é😀"\n[server.auth]\napi_key = "new" # 😀\n',
    ],
    [
      "the same value in other quotes: nothing",
      "server.auth.api_key='new'",
      "server.auth.api_key='new'",
    ],
  ])("%s", (_name, before, after) => {
    expect(edit(before, "new")).toEqual({ after, notes: [] });
  });

  it.each<[string, string]>([
    ["", '""'],
    ["a b", '"a b"'],
    ['a"b', '"a\\"b"'],
    ["a\\b", '"a\\\\b"'],
    ["a\tb\r\n\u0000\u001b\u007f", '"a\\u0009b\\u000d\\u000a\\u0000\\u001b\\u007f"'],
    ["é😀'#", '"é😀\'#"'],
    ["$& $1", '"$& $1"'],
  ])("spells %j as %s", (value, spelled) => {
    const { after } = edit('[server.auth]\napi_key = "old"\n', value);
    expect(after).toBe(`[server.auth]\napi_key = ${spelled}\n`);
  });

  it("refuses half a character", () => {
    expect(() => edit(null, "a\ud83d")).toThrow(
      expect.objectContaining({
        code: "unspeakable",
        message: "the value holds half a character, which TOML cannot",
      }),
    );
  });
});

describe("editToml adds", () => {
  it.each<[string, string | null, string]>([
    ["to no file", null, '[server.auth]\napi_key = "new"\n'],
    ["to an empty file", "", '[server.auth]\napi_key = "new"\n'],
    ["a table", "[server]\nport = 1\n", '[server]\nport = 1\n\n[server.auth]\napi_key = "new"\n'],
    ["a table after a blank line", "a = 1\n \n", 'a = 1\n \n[server.auth]\napi_key = "new"\n'],
    ["a table and a last newline", "a = 1 # c", 'a = 1 # c\n\n[server.auth]\napi_key = "new"\n'],
    [
      "a table with the newline that most lines have",
      "a = 1\r\nb = 2\nc = 3\r\n",
      'a = 1\r\nb = 2\nc = 3\r\n\r\n[server.auth]\r\napi_key = "new"\r\n',
    ],
    [
      "a table above one that exists",
      "[server.auth.oidc]\nx = 1\n",
      '[server.auth.oidc]\nx = 1\n\n[server.auth]\napi_key = "new"\n',
    ],
    [
      "a table below a dotted one",
      'server.host = "h"\n',
      'server.host = "h"\n\n[server.auth]\napi_key = "new"\n',
    ],
    [
      "to a bare header",
      "[server.auth] # c\n\n# d\n[x]\n",
      '[server.auth] # c\napi_key = "new"\n\n# d\n[x]\n',
    ],
    [
      "to a header at the end",
      "a = 1\r\n [server.auth]",
      'a = 1\r\n [server.auth]\r\n api_key = "new"\r\n',
    ],
    [
      "to a section's last key, indented like it",
      "[server.auth]\n\tx = 1\n\ty = [\n\t\t2,\n\t] # c\n\n# d\n[z]\n",
      '[server.auth]\n\tx = 1\n\ty = [\n\t\t2,\n\t] # c\n\tapi_key = "new"\n\n# d\n[z]\n',
    ],
    [
      "with the newline of the line above",
      "[a]\n[server.auth]\r\nx = 1\r\n[b]\n[c]\n",
      '[a]\n[server.auth]\r\nx = 1\r\napi_key = "new"\r\n[b]\n[c]\n',
    ],
    [
      "beside dotted keys",
      "[server]\nauth.x = 1\nport = 1\n",
      '[server]\nauth.x = 1\nauth.api_key = "new"\nport = 1\n',
    ],
    [
      "beside dotted keys at the root",
      "  server.auth.x.y = 1\n[a]\n",
      '  server.auth.x.y = 1\n  server.auth.api_key = "new"\n[a]\n',
    ],
    ["to an empty inline table", "server.auth = {}\n", 'server.auth = {api_key = "new"}\n'],
    [
      "to an inline table",
      "[server]\nauth = { x = 1 } # c\n",
      '[server]\nauth = { x = 1, api_key = "new" } # c\n',
    ],
    [
      "to the inline table above",
      "server = { port = 1 }\n[a]\n",
      'server = { port = 1, auth.api_key = "new" }\n[a]\n',
    ],
    [
      "beside dotted keys in an inline table",
      "server = { auth.x = {}, port = 1 }",
      'server = { auth.x = {}, port = 1, auth.api_key = "new" }',
    ],
    [
      "outside of arrays",
      "[[x]]\n[x.server.auth]\n",
      '[[x]]\n[x.server.auth]\n\n[server.auth]\napi_key = "new"\n',
    ],
  ])("%s", (_name, before, after) => {
    expect(edit(before, "new")).toEqual({ after, notes: [] });
    expect(edit(after, "new")).toEqual({ after, notes: [] });
  });

  it.each<[string, readonly [string, ...string[]], string, string]>([
    ["a name at the root", ["key"], "a = 1\n[b]\n", 'a = 1\nkey = "new"\n[b]\n'],
    ["a name before all tables", ["key"], "# c\r\n[b]\r\n", 'key = "new"\r\n# c\r\n[b]\r\n'],
    ["names that need quotes", ["a b", 'c"'], "", '["a b"]\n"c\\"" = "new"\n'],
  ])("%s", (_name, path, before, after) => {
    expect(editToml(Buffer.from(before), path, "new").after.toString()).toBe(after);
    expect(readToml(Buffer.from(after), path).value).toBe("new");
  });
});

describe("editToml removes", () => {
  it.each<[string, string | null, string, string[]?]>([
    ["nothing from no file", null, ""],
    ["nothing that is not there", "[server.auth]\n# api_key = 1", "[server.auth]\n# api_key = 1"],
    ["the line", '[server.auth]\r\n  api_key = "k"\r\nx = 1\n', "[server.auth]\r\nx = 1\n"],
    ["the last line", '[server.auth]\napi_key = "k"', "[server.auth]\n"],
    [
      "every line of a long value",
      'a = 1\nserver.auth.api_key = """\nk\n""" # c\nb = 2\n',
      "a = 1\nb = 2\n",
      ["line 4: the comment behind the value goes with it"],
    ],
    ["the only pair of an inline table", "server.auth = { api_key = 'k' }", "server.auth = {  }"],
    ["the first pair", "server.auth = { api_key = 'k', x = 1 }", "server.auth = { x = 1 }"],
    [
      "a middle pair",
      "server = { a = 1 , auth.api_key = 'k' , b = 2 }",
      "server = { a = 1 , b = 2 }",
    ],
    ["the last pair", "server.auth = { x = 1, api_key = 'k' }", "server.auth = { x = 1 }"],
    ["a value that is no string", "server.auth.api_key = 1\n", ""],
    [
      "no other provider's key",
      '[a]\napi_key = "k"\n[server.auth]\napi_key = "k"\n[b]\napi_key = "k"\n',
      '[a]\napi_key = "k"\n[server.auth]\n[b]\napi_key = "k"\n',
    ],
  ])("%s", (_name, before, after, notes = []) => {
    expect(edit(before, null)).toEqual({ after, notes });
  });
});

describe("editToml refuses", () => {
  it.each<[string, string | Buffer, string]>([
    ["bytes that are not UTF-8", Buffer.from("# \xff\n", "latin1"), "not valid UTF-8"],
    ["what is not TOML", "[server.auth]\napi_key = k\n", "line 2: not valid TOML at column 11"],
    ["a table in its place", "[server.auth.api_key]\n", "line 1: server.auth.api_key is a table"],
    ["an array of tables on the way", "[[server]]\n", "line 1: server is an array of tables"],
    ["a scalar on the way", 'server.auth = "k"\n', "line 1: server.auth is not a table"],
  ])("%s", (_name, before, message) => {
    for (const value of ["new", null]) {
      expect(() => edit(before, value)).toThrow(
        expect.objectContaining({ name: KeywardError.name, code: "malformed", message }),
      );
    }
  });
});
