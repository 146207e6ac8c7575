import { leadsToPort } from "./exposure.js";
import type { RunningProcess } from "../processes/words.js";

/**
 * Whether a program that makes ports reachable from elsewhere does so with this one.
 *
 * - `yes` its words say so
 * - `no` they name another port, or it does something else
 * - `unseen` where it leads is not among its words
 */
export type Leads = "yes" | "no" | "unseen";

type Args = RunningProcess["args"];

/** What each is called, and how its words are read. Only the words that name a target are looked at. */
const tunnels: Readonly<Record<string, (args: Args, port: number) => Leads>> = {
  cloudflared(args, port) {
    if (!args.includes("tunnel")) return "no";
    const url = valueOf(args, "--url") ?? valueOf(args, "-url");
    if (url === undefined) return args.includes("run") ? "unseen" : "no";
    return leadsToPort(url, port) ? "yes" : "no";
  },
  ngrok(args, port) {
    if (!args.some((word) => /^(?:http|tcp|tls|start)$/.test(word))) return "no";
    if (args.includes("start")) return "unseen";
    return namesPort(args, port);
  },
  ssh: judgeSsh,
  autossh: judgeSsh,
  tailscale: (args, port) =>
    /^(?:serve|funnel)$/.test(args[0] ?? "") ? namesPort(args, port) : "no",
  tailscaled: () => "unseen",
  bore: (args, port) => (args[0] === "local" ? namesPort(args, port) : "no"),
  zrok: (args, port) => (args[0] === "share" ? namesPort(args, port) : "no"),
  lt: (args, port) => {
    const named = valueOf(args, "--port") ?? valueOf(args, "-p");
    return named !== undefined && leadsToPort(named, port) ? "yes" : "no";
  },
  frpc: () => "unseen",
  socat: (args, port) =>
    args.some((word) => /listen/i.test(word)) &&
    args.some((word) =>
      leadsToPort(word.replace(/^TCP[46]?(?:-CONNECT)?:/i, "").replace(/,.*/, ""), port),
    )
      ? "yes"
      : "no",
  caddy(args, port) {
    if (args[0] !== "reverse-proxy") return "no";
    const to = valueOf(args, "--to") ?? valueOf(args, "-t");
    return to !== undefined && leadsToPort(to, port) ? "yes" : "no";
  },
  "docker-proxy"(args, port) {
    const host = valueOf(args, "-host-ip") ?? "";
    const isLocal = /^(?:127\.|::1$)/.test(host);
    return !isLocal && Number(valueOf(args, "-host-port")) === port ? "yes" : "no";
  },
};

/** The names by which people know them, where that is not the program's. */
const titles: Readonly<Record<string, string>> = {
  tailscaled: "tailscale serve and funnel",
  lt: "localtunnel",
  autossh: "ssh -R",
  ssh: "ssh -R",
  "docker-proxy": "a container's published port",
};

/** What a process does with a port; null for a program that passes none on. */
export function judgeTunnel(
  { program, args }: RunningProcess,
  port: number,
): { readonly title: string; readonly leads: Leads } | null {
  if (!Object.hasOwn(tunnels, program)) return null;
  const leads = tunnels[program]?.(args, port) ?? "no";
  return { title: titles[program] ?? program, leads };
}

/** `-R 8080:localhost:8742`, `-R8080:…`, `-NTR …`; with a port alone it is a proxy into everything here. */
function judgeSsh(args: Args, port: number): Leads {
  const forwards = args.flatMap((word, at) => {
    const glued = /^-[A-Za-z]*R(.*)$/.exec(word)?.[1];
    if (glued === undefined) return [];
    return [glued === "" ? (args[at + 1] ?? "") : glued];
  });
  const targets = forwards.map((forward) => /:(\[[^\]]*\]|[^:]*):(\d+)$/.exec(forward));
  if (forwards.some((_, index) => targets[index] === null)) return "yes";
  return targets.some((target) => leadsToPort(`${target?.[1]}:${target?.[2]}`, port))
    ? "yes"
    : "no";
}

function namesPort(args: Args, port: number): Leads {
  return args.some((word) => leadsToPort(word, port)) ? "yes" : "no";
}

function valueOf(args: Args, option: string): string | undefined {
  const at = args.indexOf(option);
  if (at !== -1) return args[at + 1];
  return args.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
}
