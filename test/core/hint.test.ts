import { describe, expect, it } from "vitest";

import { KeywardError } from "../../src/core/errors.js";
import {
  aboutServer,
  asItStands,
  changeText,
  type Hint,
  joinHints,
  spellHint,
} from "../../src/core/hint.js";

describe("spellHint", () => {
  it.each<[string, Hint, string]>([
    ["words", "use sudo", "use sudo"],
    ["a command", aboutServer("token rotate"), "keyward token rotate"],
    ["a command of no server", asItStands("server list"), "keyward server list"],
    [
      "words and commands",
      ["finish it with: ", aboutServer("token rotate --resume"), "; or wait"],
      "finish it with: keyward token rotate --resume; or wait",
    ],
    [
      "a word with a blank",
      { words: ["auth", "probe", "--file", "my file"], about: "nothing" },
      "keyward auth probe --file 'my file'",
    ],
    [
      "several as one",
      joinHints("run: ", aboutServer("auth probe"), ", or not"),
      "run: keyward auth probe, or not",
    ],
    [
      "changed words",
      changeText(["a: ", aboutServer("auth a")], (text) => text.toUpperCase()),
      "A: keyward auth a",
    ],
  ])("spells %s", (_, hint, text) => {
    expect(spellHint(hint)).toBe(text);
  });

  it("is what a failure has for a hint, beside the hint as data", () => {
    const hint = ["make one: ", aboutServer("auth generate-key")];
    const error = new KeywardError("no-key", "there is none", { hint });
    expect(error).toMatchObject({ hint: "make one: keyward auth generate-key", advice: hint });
    expect(new KeywardError("no-key", "there is none").hint).toBeUndefined();
  });
});
