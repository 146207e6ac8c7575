import { systemErrorCode } from "../core/errors.js";

/** Looks a name up; `lookup(name, { all: true })` of node:dns/promises is one. */
export type LookUpHost = (name: string) => Promise<readonly { readonly address: string }[]>;

/** What a name stands for, or why that is not known; exactly one of the two is empty. */
export interface Resolution {
  readonly addresses: readonly string[];
  /** In words: `ENOTFOUND`, `no answer within 5 s`. */
  readonly failure: string;
}

/** Looks a name up within a time limit (milliseconds). Every failure is an answer, never thrown. */
export async function resolveHost(
  name: string,
  timeout: number,
  lookUp: LookUpHost = askSystem,
): Promise<Resolution> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeout);
  });
  try {
    const found = await Promise.race([lookUp(name), late]);
    if (found === null) return failed(`no answer within ${timeout / 1000} s`);
    const addresses = [...new Set(found.map(({ address }) => address))];
    return addresses.length === 0 ? failed("no address") : { addresses, failure: "" };
  } catch (error) {
    return failed(systemErrorCode(error) ?? "the lookup failed");
  } finally {
    clearTimeout(timer);
  }
}

function failed(failure: string): Resolution {
  return { addresses: [], failure };
}

// The system's own resolver, as the server will use it: /etc/hosts included.
async function askSystem(name: string): Promise<readonly { readonly address: string }[]> {
  const { lookup } = await import("node:dns/promises");
  return lookup(name, { all: true });
}
