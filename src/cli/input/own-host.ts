import type { Unseen } from "../../locations/unseen.js";
import { classifyHost } from "../../hosts/classify.js";

/** The flags with which servers of unknown family are told where to listen. */
const knownFlags = [
  "--host",
  "--hostname",
  "--ip",
  "--bind",
  "--bind-addr",
  "--bind-address",
  "--bind-host",
  "--listen",
  "--listen-addr",
  "--listen-address",
  "--listen-host",
  "--address",
  "--addr",
  "--interface",
  "--server-address",
  "--server-host",
  "--http-host",
  "--http-address",
];

/**
 * Where a server is told to listen by its own words; null where they do not say. The last one counts,
 * as servers have it; an option without its word would be every address.
 *
 * @param flags what this system calls it; null for a server of which nothing is known
 */
export function readOwnHost(
  words: readonly string[],
  flags: readonly string[] | null,
): string | Unseen | null {
  const end = words.indexOf("--");
  const argv = end === -1 ? words : words.slice(0, end);
  const found = findWords(argv, flags ?? knownFlags);
  const last = found.at(-1);
  if (last === undefined) return null;
  if (flags !== null) return last.value;
  const hosts = [...new Map(found.map(({ flag, value }) => [flag, value]))].map(
    ([flag, value]) => ({
      flag,
      host: readAddress(value),
    }),
  );
  const [first] = hosts;
  const odd = hosts.find(({ host }) => host === null);
  if (odd !== undefined) return hideBy(odd.flag, "what it means is the server's own");
  if (hosts.every(({ host }) => host === first?.host)) return first?.host ?? null;
  const names = hosts.map(({ flag }) => flag).join(" and ");
  return hideBy(names, "they name different addresses");
}

interface HostWord {
  readonly flag: string;
  readonly value: string;
}

function findWords(argv: readonly string[], flags: readonly string[]): HostWord[] {
  return argv.flatMap((word, at) => {
    if (flags.includes(word)) return [{ flag: word, value: argv[at + 1] ?? "" }];
    const flag = flags.find((each) => each.startsWith("--") && word.startsWith(`${each}=`));
    return flag === undefined ? [] : [{ flag, value: word.slice(flag.length + 1) }];
  });
}

/** An address may have a scheme before it and a port behind it; other words are the server's own. */
function readAddress(text: string): string | null {
  if (text === "loopback") return "127.0.0.1";
  const plain = text.replace(/^(?:https?|tcp|ws):\/\//, "").replace(/\/$/, "");
  const [, inside, name] = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/.exec(plain) ?? [];
  const host = inside ?? name ?? plain;
  const { scope } = classifyHost(host);
  if (scope === "invalid") return null;
  // `lan`, `auto`, `tailnet`: a name with a dot is one of the network.
  return scope === "name" && !host.includes(".") ? null : host;
}

function hideBy(flags: string, why: string): Unseen {
  return {
    place: flags,
    why,
    named: true,
    hint: "give it an address, such as 127.0.0.1; or give the server a key",
  };
}
