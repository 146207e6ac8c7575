import type { LiveLook, LiveProcess } from "./look.js";

/** What the JSON of `auth status`, `auth check` and `doctor` has of a running server. */
export interface LiveStatus {
  /** Null where it is not seen who listens. */
  readonly pid: number | null;
  readonly port: number;
  readonly addresses: readonly string[];
  /** What shows that it is the system's server; null where nothing does. */
  readonly shownBy: LiveProcess["shownBy"];
  /** How the key that it was started with stands to the one in its files. */
  readonly key: LiveProcess["key"];
  /** Why it cannot be told; null where it can. */
  readonly unseen: string | null;
}

/** Null where nobody listens, and where nothing tells. */
export function describeLive(live: LiveLook): LiveStatus | null {
  if (live.kind === "none") return null;
  if (live.kind === "hidden") {
    const nothing = { pid: null, addresses: [], shownBy: null, key: "unseen" } as const;
    return { ...nothing, port: live.port, unseen: live.why };
  }
  const { pid, port, addresses, shownBy, key } = live;
  return { pid, port, addresses, shownBy, key, unseen: null };
}

const keyWords: Readonly<Record<LiveProcess["key"], string>> = {
  same: ", started with this key",
  different: ", started with another key",
  empty: ", started with an empty key",
  absent: "",
  unseen: "; with which key it was started cannot be seen",
};

/** The same as one line; empty where there is nothing to say. */
export function tellLive(live: LiveLook): string {
  if (live.kind === "none") return "";
  if (live.kind === "hidden") return live.why;
  const { pid, port, addresses, shownBy, key } = live;
  const doubt = shownBy === null ? "; whether it is this server cannot be told" : "";
  return `process ${pid} listens on ${addresses.join(" and ")}, port ${port}${keyWords[key]}${doubt}`;
}
