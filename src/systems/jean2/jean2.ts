import type { FilePlace, Source, SystemDescription } from "../contract/description.js";
import { createSystem } from "../describe/create-system.js";
import { listStartFiles, readStartFolder } from "./start-folder.js";

const inData = (path: string): FilePlace => ({ in: "data-folder", path });
const dataFile: Source = { kind: "env-file", file: inData(".env"), readers: ["jean2"] };

/**
 * Jean2 (version 1.4.0). `jean2 start` gives the daemon an environment of its own, in which neither
 * an exported JEAN2_AUTH_TOKEN nor JEAN2_DATA_DIR arrives, so the file in `~/.jean2` counts, and
 * over it the `.env` files of the folder that it is started in.
 */
export const jean2Description: SystemDescription = {
  id: "jean2",
  title: "Jean2",
  program: "jean2",
  key: { variable: "JEAN2_AUTH_TOKEN", format: "base64url", emptyMeans: "off" },
  dataFolder: { variables: [{ variable: "JEAN2_DATA_DIR" }], otherwise: ".jean2" },
  pidFile: { file: inData("server.pid"), holds: "address" },
  launches: [
    {
      launch: "daemon",
      key: [
        { kind: "start-folder" },
        { kind: "env-file", file: { in: "home", path: ".jean2/.env" }, readers: ["jean2"] },
        {
          kind: "environment",
          ignored: "an exported variable does not reach the daemon that jean2 start makes",
        },
        {
          ...dataFile,
          ignored: "an exported JEAN2_DATA_DIR does not reach the daemon that jean2 start makes",
        },
      ],
      // `jean2 start` works these out in the shell it is typed in and hands them to the daemon; where
      // the live one listens it says itself.
      settings: [{ kind: "environment" }, { kind: "start-folder", onlySeen: true }, dataFile],
      // Left to itself, restart forgets the host and port that start was given; with the pid file of
      // a server that is gone it fails, and start does what is wanted.
      restart: {
        by: "command",
        program: "jean2",
        args: ["restart"],
        address: { host: "--host", port: "--port" },
        whenStale: ["start"],
        inherits: { folder: true },
      },
    },
    {
      launch: "foreground",
      key: [{ kind: "environment" }, { kind: "start-folder" }, dataFile],
      restart: null,
    },
  ],
  shownBy: [{ file: { in: "home", path: ".jean2" } }],
  listening: {
    host: { variable: "JEAN2_HOST", default: "0.0.0.0" },
    hostFlags: ["--host", "-h"],
    port: { variable: "JEAN2_PORT", default: "8742" },
    tls: {
      enabled: { variable: "JEAN2_TLS_ENABLED", default: "false" },
      certificate: { variable: "JEAN2_TLS_CERT_FILE", default: "" },
      privateKey: { variable: "JEAN2_TLS_KEY_FILE", default: "" },
    },
    // It has no rule: it listens anywhere, key or not.
    bindRule: { refusesWithoutKey: "nothing", spellings: ["*", "[::1]"] },
  },
  fileReaders: ["jean2"],
  logs: [{ in: "home", path: ".jean2/server.log" }, inData("server.log")],
  forms: [
    { in: "header", name: "Authorization", prefix: "Bearer " },
    { in: "query", name: "token" },
  ],
  clients: {
    enter: "in Jean2's client: the server's entry, its authentication token",
    path: "/api/auth/verify",
    by: "header",
  },
};

export const jean2 = createSystem(jean2Description, {
  loadProbe: async () => (await import("./jean2-probe.js")).jean2Probe,
  readStartFolder,
  listStartFiles,
});
