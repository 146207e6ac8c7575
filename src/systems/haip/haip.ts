import { join } from "node:path";

import type { Machine } from "../../core/machine.js";
import { canListen } from "../../hosts/can-listen.js";
import type { Location, Setting, System } from "../contract/system.js";

const secretVariable = "JWT_SECRET";

/**
 * HAIP (server 1.0.1), where the key is the secret that JWTs are signed with. Its documentation
 * names two variables; the published server reads neither, so it is the host program that decides.
 */
export const haip: System = {
  id: "haip",
  title: "HAIP",
  program: null,
  keyFormat: "base64url",
  variable: secretVariable,
  emptyMeans: "off",
  hostDecides: true,
  clients: {
    enter: "every HAIP client needs a new JWT, signed with the new secret: keyward token issue",
    path: "/haip/sse",
    by: "query",
    variable: "HAIP_TOKEN",
  },
  launches: ["foreground"],
  network: { host: fixed("0.0.0.0"), port: fixed("8080"), tls: null },
  lifetime: {
    default: "24h",
    emptyMeans: "default",
    locations: (machine) => listPlaces(machine, "JWT_EXPIRES_IN"),
  },
  fileDialects: ["dotenv"],
  remarks: [
    {
      id: "haip-not-read",
      severity: "info",
      message:
        "the published HAIP server reads neither JWT_SECRET nor JWT_EXPIRES_IN: the program that it is built into must hand them over",
      fix: null,
    },
  ],

  // Everybody has a .env in some folder: only what is in it tells.
  isHere: (machine) => /^\s*(?:export\s+)?JWT_SECRET\s*=/m.test(readText(machine)),
  detectLaunch: () => "foreground",
  locations: (machine) => listPlaces(machine, secretVariable),
  findLive: () => null,
  // It has no bind rule.
  wouldStart: (host) => canListen(host, ["::1%lo"]),
  restart: () => null,
  loadProbe: async () => (await import("./haip-probe.js")).haipProbe,
};

function listPlaces({ cwd }: Machine, variable: string): Location[] {
  const path = join(cwd, ".env");
  return [
    { kind: "environment", variable },
    { kind: "env-file", path, variable, dialects: ["dotenv"], writable: true },
  ];
}

function readText({ fs, cwd }: Machine): string {
  try {
    return fs.readFileSync(join(cwd, ".env"), "utf8");
  } catch {
    return "";
  }
}

function fixed(value: string): Setting {
  return { locations: () => [], default: value, emptyMeans: "default" };
}
