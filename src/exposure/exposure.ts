/** Something that passes a port of this machine on to others, although its server listens on loopback. */
export interface Exposure {
  /** What it is: `cloudflared`, `nginx`, `a container's published port`. */
  readonly by: string;
  /** What shows it: `process 4711`, or `PATH:LINE` of a configuration. */
  readonly place: string;
  /** Whether it asks for a login of its own, as far as its configuration shows. */
  readonly authenticates: boolean;
}

/** What was found in front of a port, and what could not be looked at. */
export interface Exposures {
  readonly found: readonly Exposure[];
  /** In words, to stand after "not looked at:". */
  readonly unseen: readonly string[];
}

/** Whether an address, as programs write a target, is this port of this machine: `localhost:8742`, `:8742`, `8742`. */
export function leadsToPort(target: string, port: number): boolean {
  const bare = target.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[/?#].*$/, "");
  const [, host = "", digits] = /^(?:(.*):)?(\d+)$/.exec(bare) ?? [];
  return (
    Number(digits) === port &&
    /^(?:|\*|localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/i.test(host)
  );
}
