import { spellHint } from "../../../src/core/hint.js";
import { findSystem } from "../../../src/systems/list.js";
import { describe, expect, it } from "vitest";

import { adviseClients } from "../../../src/systems/contract/clients.js";
import { askAsTold } from "../../helpers/client-server.js";
import { keyA } from "../../helpers/keys.js";

describe("what clients are told", () => {
  it("works in JavaScript as it stands", async () => {
    const node = ["--input-type=module", "-e"] as const;
    const start = ({ javascript }: { javascript: string }) =>
      [process.execPath, ...node, javascript] as const;
    const odd = "a+b/c=d&e f";
    expect(await askAsTold("jean2", keyA, start)).toEqual([
      { token: null, header: `Bearer ${keyA}` },
    ]);
    expect(await askAsTold("jean", odd, start)).toEqual([{ token: odd, header: undefined }]);
  });

  it.each(["jean2", "openjarvis", "jean", "haip", "generic"] as const)(
    "names for %s where its client takes the key",
    (system) => {
      const { enter, snippets } = adviseClients(
        findSystem(system).clients,
        "http://127.0.0.1:1",
        "THE_KEY",
      );
      expect(spellHint(enter)).toMatch(/\w/);
      expect(snippets.curl).toMatch(/\$(?:THE_KEY|HAIP_TOKEN)/);
    },
  );
});
