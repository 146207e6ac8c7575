import type { Met } from "../../probe/tries.js";
import { NotDone } from "../state.js";

/**
 * Ends a proof as soon as one answer speaks against it: a single acceptance of what is wrong tells
 * all.
 *
 * @throws NotDone
 */
export function refuseAcceptance(
  met: readonly Pick<Met, "hand" | "observed">[],
  url: string,
): void {
  const taken = new Set(
    met.filter(({ observed }) => observed === "accept").map(({ hand }) => hand),
  );
  if (taken.has("old-key")) {
    const message = `the server at ${url} still takes the old key: one of its workers may not have restarted`;
    throw new NotDone({ code: "accepted", message });
  }
  if (taken.has("garbage") || taken.has("none")) {
    const what = taken.has("none") ? "answers without a key" : "takes a made-up key";
    const message = `the server at ${url} ${what} on some connections`;
    throw new NotDone({ code: "lets-in-anybody", message });
  }
}

/** A worker that refuses the new key may take the old one, which tells more, so that it is looked for first. */
export function refusesNewKey(url: string): NotDone {
  const message = `the server at ${url} does not take the new key on every connection: one of its workers may not have restarted`;
  return new NotDone({ code: "new-key-refused", message });
}
