import { findUnsafeBind } from "./checks/bind.js";
import { statusChecks } from "./examine.js";
import { findServerLeftovers } from "./checks/leftovers.js";
import { findLoggedKeys } from "./checks/logged-keys.js";
import type { DoctorCheck } from "./subject.js";
import { findUnfinished } from "./checks/unfinished.js";

/** Every check of one server that needs no network. */
export const allChecks: readonly DoctorCheck[] = [
  ...statusChecks,
  findUnsafeBind,
  findLoggedKeys,
  findServerLeftovers,
  findUnfinished,
];
