import type { RotateReason } from "../reason.js";
import type { Limit } from "./budget.js";
import { enoughTries, type Meeting } from "./meet-workers.js";

const limits: Readonly<Record<Limit, string>> = {
  time: "in the time that there was",
  limited: "before the server began to limit wrong tries",
  slow: "before the server began to answer wrong tries slowly",
};

/** What is to be said of a proof that ended before all tries were made; null for nothing. */
export function noteLimit({ limit, tries }: Meeting): string | null {
  if (limit === null || limit === "time") return null;
  return `only ${tries} tries of the old key were made ${limits[limit]}`;
}

/** What a meeting proves in which nobody was let in that should not be. */
export function judgeMeeting(
  { workers, tries, limit, odd, untried }: Meeting,
  hadKey: boolean,
): { readonly status: "rotated" | "unverified"; readonly reason: RotateReason } {
  const what = hadKey ? "the old key" : "a made-up key";
  const until = limit === null ? "" : ` ${limits[limit]}`;
  const unverified = (code: RotateReason["code"], message: string) =>
    ({ status: "unverified", reason: { code, message } }) as const;
  if (workers !== null && workers.met < workers.seen) {
    const { met, seen, unmet } = workers;
    const names = `process ${unmet.join(", ")}`;
    return unverified(
      "workers-not-met",
      `${met} of ${seen} workers refused ${what}${until}; not tried: ${names}`,
    );
  }
  if (odd !== null)
    return unverified("unclear", `not every try of ${what} was answered clearly: ${odd}`);
  if (limit === "time" && untried > 0) {
    return unverified("unclear", `${untried} tries of wrong keys could not be made${until}`);
  }
  if (workers === null && tries < enoughTries) {
    return unverified(
      "workers-unknown",
      `how many workers there are cannot be told, and ${what} was refused on ${tries} connections only${until}`,
    );
  }
  const seen =
    workers === null ? `on ${tries} connections` : `by ${workers.seen} of ${workers.seen} workers`;
  return {
    status: "rotated",
    reason: { code: "proven", message: `${what} was refused ${seen}, and the new key is taken` },
  };
}
