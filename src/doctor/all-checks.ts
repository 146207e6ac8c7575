import { findUnsafeBind } from "./bind.js";
import { statusChecks } from "./examine.js";
import { findServerLeftovers } from "./leftovers.js";
import { findLoggedKeys } from "./logged-keys.js";
import type { Check } from "./subject.js";
import { findUnfinished } from "./unfinished.js";

/** Every check of one server that needs no network. */
export const allChecks: readonly Check[] = [
  ...statusChecks,
  findUnsafeBind,
  findLoggedKeys,
  findServerLeftovers,
  findUnfinished,
];
