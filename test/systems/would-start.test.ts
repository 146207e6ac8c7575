import { describe, expect, it } from "vitest";

import { findSystem } from "../../src/systems/list.js";

// As measured: Bun 1.4 (Jean2), asyncio of Python 3.11 (OpenJarvis) and node 20 (HAIP), on glibc.
const everywhere =
  "127.0.0.1|0.0.0.0|::|::1|localhost|LOCALHOST|224.0.0.1||127.1|2130706433|0x7f000001|0x7f.1|0177.0.0.1|0|4294967295".split(
    "|",
  );
const nowhere =
  "999.1.1.1|256.1.1.1|1.2.3.4.5|08.1.1.1|127.0.0.1.|4294967296| |\t|127.0.0.1 | 127.0.0.1|127.0. 0.1|127.0.0.1\n|::1 |a b|127.0.0.1%lo|::g|0.0.0.0:80|http://127.0.0.1|0.0.0.0/0|[127.0.0.1]".split(
    "|",
  );
const cases = (host: string, jean2: boolean, openjarvis: boolean, haip: boolean) =>
  [
    [host, "jean2", jean2],
    [host, "openjarvis", openjarvis],
    [host, "haip", haip],
  ] as const;

describe("the hosts that a server gets something to listen on for", () => {
  it.each([
    ...everywhere.flatMap((host) => cases(host, true, true, true)),
    ...nowhere.flatMap((host) => cases(host, false, false, false)),
    ...cases("*", true, true, false),
    ...cases("[::1]", true, false, false),
    ...cases("::1%lo", false, false, true),
  ])("%j: %s would start, with a key: %j", (host, system, starts) => {
    expect(findSystem(system).wouldStart(host, true)).toBe(starts);
  });

  it.each([" ", " 127.0.0.1 "])("%j: Jean, which trims it, starts", (host) => {
    expect(findSystem("jean").wouldStart(host, true)).toBe(true);
  });
});
