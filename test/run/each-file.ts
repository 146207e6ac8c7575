import { afterAll, vi } from "vitest";

import { patience } from "./patience.js";

/** What a test can leave in the process that runs it: a server that listens, a child that lives. */
const kinds: ReadonlySet<string> = new Set(["TCPServerWrap", "PipeServerWrap", "ProcessWrap"]);

// Registered before the hooks of the file itself, so that it runs after them.
afterAll(() =>
  vi.waitFor(
    () => {
      const left = process.getActiveResourcesInfo().filter((kind) => kinds.has(kind));
      if (left.length > 0) throw new Error(`this file left behind: ${left.join(", ")}`);
    },
    { timeout: patience },
  ),
);
