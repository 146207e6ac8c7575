import { aboutServer } from "../../core/hint.js";
import type { LaunchDescription, SystemDescription } from "../contract/description.js";
import { createSystem } from "../describe/create-system.js";
import { haipProtocol, haipTokenPrefix } from "./haip-wire.js";

const foreground: LaunchDescription = {
  launch: "foreground",
  key: [
    { kind: "environment" },
    { kind: "env-file", file: { in: "working-folder", path: ".env" }, readers: ["dotenv"] },
  ],
  restart: null,
};

/**
 * HAIP (server 1.0.1), where the key is the secret that JWTs are signed with. Its documentation
 * names two variables; the published server reads neither, so it is the host program that decides.
 */
export const haipDescription: SystemDescription = {
  id: "haip",
  title: "HAIP",
  program: null,
  key: { variable: "JWT_SECRET", format: "base64url", emptyMeans: "off" },
  hostDecides: true,
  launches: [foreground],
  // Everybody has a .env in some folder: only what is in it tells.
  shownBy: [{ file: { in: "working-folder", path: ".env" }, variable: "JWT_SECRET" }],
  listening: {
    host: { default: "0.0.0.0" },
    port: { default: "8080" },
    tls: null,
    bindRule: { refusesWithoutKey: "nothing", spellings: ["::1%lo"] },
  },
  lifetime: { variable: "JWT_EXPIRES_IN", default: "24h" },
  fileReaders: ["dotenv"],
  // The documented ones, and that of the server of today last.
  forms: [
    { in: "query", name: "token" },
    { in: "header", name: "Authorization", prefix: "Bearer " },
    { in: "subprotocol", beside: haipProtocol, prefix: haipTokenPrefix },
    { in: "first-message", type: "HAI", keyPath: ["payload", "auth", "token"] },
  ],
  clients: {
    enter: [
      "every HAIP client needs a new JWT, signed with the new secret: ",
      aboutServer("token issue --user USER"),
    ],
    path: "/haip/sse",
    by: "query",
    variable: "HAIP_TOKEN",
  },
  remarks: [
    {
      id: "haip-not-read",
      severity: "info",
      message:
        "the published HAIP server reads neither JWT_SECRET nor JWT_EXPIRES_IN: the program that it is built into must hand them over",
      fix: null,
    },
  ],
};

export const haip = createSystem(haipDescription, {
  loadProbe: async () => (await import("./haip-probe.js")).haipProbe,
});
