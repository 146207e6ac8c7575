import { describe, expect, it } from "vitest";

import { isKeyCheck } from "../../src/probe/ask-checks.js";
import { needsUrl, standsInUrl } from "../../src/probe/key-in-url.js";
import { haipProbe } from "../../src/systems/haip/haip-probe.js";
import { jeanProbe } from "../../src/systems/jean/jean-probe.js";
import { jean2Probe } from "../../src/systems/jean2/jean2-probe.js";
import { openjarvisProbe } from "../../src/systems/openjarvis/openjarvis-probe.js";

describe("a key in a URL", () => {
  it.each([
    ["Jean2", jean2Probe, null, ["websocket-key", "terminal-key", "terminal-events-key"]],
    ["OpenJarvis", openjarvisProbe, "current", []],
    ["the Jean of today", jeanProbe, "current", []],
    ["the old Jean", jeanProbe, "old", ["query-key", "query-wins", "websocket-key"]],
    [
      "the HAIP of the documentation",
      haipProbe,
      "documented",
      ["websocket-key", "event-stream-key"],
    ],
  ] as const)("has no other place in: %s", (_, plan, generation, ids) => {
    const checks = plan.checks(generation);
    const needed = checks
      .filter(isKeyCheck)
      .filter((check) => standsInUrl(check) && needsUrl(check, checks));
    expect(needed.map(({ id }) => id)).toEqual(ids);
  });
});
