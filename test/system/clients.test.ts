import { expect, it } from "vitest";

import { askAsTold } from "../helpers/client-server.js";
import { keyA } from "../helpers/keys.js";

const odd = "a+b/c=d&e f";

it.each([
  ["curl", (told) => ["/bin/sh", "-c", `${told.curl} --silent --noproxy '*'`]],
  [
    "Python",
    (told) => ["python3", "-c", `import os, urllib.parse, urllib.request\n${told.python}`],
  ],
] as const satisfies readonly (readonly [string, Parameters<typeof askAsTold>[2]])[])(
  "what clients are told works as it stands: %s",
  async (_, start) => {
    expect(await askAsTold("jean2", keyA, start)).toEqual([
      { token: null, header: `Bearer ${keyA}` },
    ]);
    expect(await askAsTold("jean", odd, start)).toEqual([{ token: odd, header: undefined }]);
  },
);
