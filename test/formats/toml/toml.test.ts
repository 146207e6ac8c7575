import { describe, expect, it } from "vitest";

import { KeywardError } from "../../../src/core/errors.js";
import { readToml } from "../../../src/formats/toml/toml.js";

function read(file: string | Buffer) {
  return readToml(Buffer.from(file), ["server", "auth", "api_key"]);
}

function refusal(file: string | Buffer) {
  try {
    return read(file);
  } catch (error) {
    if (error instanceof KeywardError) return { code: error.code, message: error.message };
    throw error;
  }
}

// Every answer here is the one of Python 3.11's tomllib.
describe("readToml", () => {
  it.each<[string, string, string | null, number | null]>([
    ["an empty file", "", null, null],
    ["a header", '[server.auth]\napi_key = "k"\n', "k", 2],
    ["a header with blanks", '\t[ server . auth ] # c\n\tapi_key="k"', "k", 2],
    ["quoted names", "[\"server\".'auth']\n\"api_key\" = 'k'\n", "k", 2],
    ["an escaped name", '"\\u0073erver".auth.api_key = "k"\n', "k", 1],
    ["a dotted key at the root", 'server.auth.api_key = "k"\n', "k", 1],
    ["a dotted key below a header", '[server]\nhost = "h"\nauth . api_key = "k"\n', "k", 3],
    ["inline tables", 'server = { auth = { api_key = "k" } }\n', "k", 1],
    ["an inline table below a header", '[server]\nauth = {a.b = 1, api_key = "k"}', "k", 2],
    ["an upper table that follows", '[server.auth]\napi_key = "k"\n[server]\nport = 1\n', "k", 2],
    ["CRLF", '[server.auth]\r\n\r\napi_key = "k"\r\n', "k", 3],
    ["escapes", '[server.auth]\napi_key = "\\u0041\\t\\"\\\\"\n', 'A\t"\\', 2],
    ["a literal", "[server.auth]\napi_key = 'a\\n'\n", "a\\n", 2],
    ["a multi-line string", '[server.auth]\napi_key = """\nk"""\n', "k", 2],
    ["a folded multi-line string", '[server.auth]\napi_key = """a\\\n  b"""', "ab", 2],
    ["CRLF in a multi-line literal", "[server.auth]\r\napi_key = '''a\r\nb'''\r\n", "a\nb", 2],
    ["an empty value", '[server.auth]\napi_key = ""\n', "", 2],
    ["blanks, which count", '[server.auth]\napi_key = " k "\n', " k ", 2],
    ["a comment", '# [server.auth]\n# api_key = "k"\n', null, null],
    ["a string that looks like it", "a = '''\n[server.auth]\napi_key = 1\n'''\n", null, null],
    ["another provider's key", '[engine.openai]\napi_key = "k"\n', null, null],
    ["one name that holds dots", '"server.auth".api_key = "k"\n', null, null],
    ["JavaScript's own names", "[__proto__]\nauth = 1\n[server.constructor]\n", null, null],
    ["the same names inside an array", '[[x]]\n[x.server.auth]\napi_key = "k"\n', null, null],
  ])("%s", (_name, file, value, line) => {
    expect(read(file)).toEqual({ value, line });
  });

  it.each<[string, string | Buffer, string]>([
    ["bytes that are not UTF-8", Buffer.from("# \xff\n", "latin1"), "not valid UTF-8"],
    [
      "a byte order mark",
      "\ufeff[server.auth]\n",
      "line 1: a byte order mark, which TOML does not have",
    ],
    ["a lone carriage return", "a = 1\nb = 2\rc = 3\n", "line 2: a lone carriage return"],
    ["the same in a string", 'a = """\rb"""\n', "line 1: a lone carriage return"],
    ["the year 0", "a = 0000-01-01\n", "line 1: a date or time that Python cannot hold"],
    ["a leap second", "\na = 12:00:60\n", "line 2: a date or time that Python cannot hold"],
    ["no closing quote", '[server.auth]\napi_key = "k\n', "line 2: not valid TOML at column 13"],
    ["no quotes", "[server.auth]\napi_key = hunter2\n", "line 2: not valid TOML at column 11"],
    ["a code point beyond Unicode", 'a = "\\ud800"\n', "line 1: not valid TOML at column 11"],
    [
      "a key twice",
      "[a]\nb = 1\nb = 2\n",
      "line 3: the same key or table is defined a second time",
    ],
    ["a table twice", "[a]\n[a]\n", "line 2: the same key or table is defined a second time"],
    [
      "a header for a dotted table",
      "[server]\nauth.x = 1\n[server.auth]\n",
      "line 3: the same key or table is defined a second time",
    ],
    [
      "a header for an inline table",
      "server = { auth = {} }\n[server.auth]\n",
      "line 2: the same key or table is defined a second time",
    ],
    ["TOML 1.1: a newline in braces", "a = {\nb = 1 }\n", "line 2: not valid TOML at column 1"],
    ["TOML 1.1: a last comma", "a = { b = 1, }\n", "line 1: not valid TOML at column 14"],
    ["TOML 1.1: \\e", 'a = "\\e"\n', "line 1: not valid TOML at column 7"],
    ["TOML 1.1: no seconds", "a = 07:32\n", "line 1: not valid TOML at column 10"],
    [
      "endless nesting",
      `a = ${"[".repeat(50_000)}${"]".repeat(50_000)}`,
      "a value is too long or nested too deeply",
    ],
    [
      "a string that the parser cannot hold",
      `a = "${"x".repeat(500_000)}"`,
      "a value is too long or nested too deeply",
    ],
    [
      "a number",
      "[server.auth]\napi_key = 1\n",
      "line 2: server.auth.api_key is not of type string",
    ],
    [
      "a list",
      '[server.auth]\napi_key = ["k"]\n',
      "line 2: server.auth.api_key is not of type string",
    ],
    ["a table", "[server.auth.api_key]\n", "line 1: server.auth.api_key is a table"],
    ["a table below", "[server.auth.api_key.x]\n", "line 1: server.auth.api_key is a table"],
    [
      "a dotted key below",
      "[server]\nauth.api_key.x = 1\n",
      "line 2: server.auth.api_key is a table",
    ],
    ["an inline table", "server.auth.api_key = {}\n", "line 1: server.auth.api_key is a table"],
    ["an array of tables", "[[server]]\n[server.auth]\n", "line 1: server is an array of tables"],
    ["a deeper array", "[[server.auth]]\n", "line 1: server.auth is an array of tables"],
    ["a scalar on the way", "\n[server]\nauth = 1\n", "line 3: server.auth is not a table"],
    ["an array on the way", "server = [{ auth = 1 }]\n", "line 1: server is not a table"],
  ])("refuses %s", (_name, file, message) => {
    expect(refusal(file)).toEqual({ code: "malformed", message });
  });

  it("reads an integer where one is asked for", () => {
    const file = Buffer.from('[server]\nport = 0x1_F40\nhost = "h"\n');
    expect(readToml(file, ["server", "port"], "integer")).toEqual({ value: "8000", line: 2 });
    expect(() => readToml(file, ["server", "host"], "integer")).toThrow(
      "line 3: server.host is not of type integer",
    );
  });
});
