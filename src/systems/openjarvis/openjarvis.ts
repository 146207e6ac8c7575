import type { Source, SystemDescription } from "../contract/description.js";
import { createSystem } from "../describe/create-system.js";
import { keyProtocolPrefix, protocolMarker } from "./openjarvis-wire.js";

const files: readonly Source[] = [
  // What the server's tools keep goes into its environment at the start, whatever its name, except
  // for a name that is set already, be it to nothing.
  { kind: "toml", file: { in: "data-folder", path: "credentials.toml" }, anyTable: true },
  { kind: "toml", file: { in: "data-folder", path: "config.toml" } },
];

/** What it reads from its environment: its own settings, the keys of models and of channels. */
const inherited = [
  "OPENJARVIS_*",
  "JARVIS_*",
  "OLLAMA_HOST",
  "*_API_KEY",
  "*_BOT_TOKEN",
  "*_AUTH_TOKEN",
];

/**
 * OpenJarvis (of August 2026). The environment wins when it is not empty; else `config.toml`,
 * whose value is taken as it stands, blanks and all.
 */
export const openjarvisDescription: SystemDescription = {
  id: "openjarvis",
  title: "OpenJarvis",
  program: "jarvis",
  key: {
    variable: "OPENJARVIS_API_KEY",
    keyPath: ["server", "auth", "api_key"],
    format: "openjarvis",
    emptyMeans: "look-further",
  },
  dataFolder: {
    variables: [
      { variable: "OPENJARVIS_HOME", expandsTilde: true },
      { variable: "XDG_DATA_HOME", below: "openjarvis" },
    ],
    otherwise: ".openjarvis",
  },
  service: {
    unit: "openjarvis",
    scopes: ["system", "user"],
    programs: ["jarvis", "openjarvis"],
    modules: ["openjarvis", "openjarvis.cli"],
    envFile: { system: "/etc/openjarvis/env", readers: ["systemd"] },
  },
  pidFile: { file: { in: "data-folder", path: "server.pid" }, holds: "pid" },
  launches: [
    {
      launch: "foreground",
      key: [{ kind: "environment" }, ...files],
      // It is a stop and a start without options, from the shell that it is typed in.
      restart: {
        by: "command",
        program: "jarvis",
        args: ["restart"],
        inherits: { folder: true, variables: inherited },
        anew: {
          stop: ["stop"],
          start: ["start"],
          host: "--host",
          port: "--port",
          options: ["--engine", "--model", "--agent"],
        },
      },
    },
    {
      launch: "service",
      key: [
        { kind: "unit" },
        ...files,
        { kind: "environment", ignored: "an exported variable does not reach the service" },
      ],
      restart: { by: "unit" },
    },
  ],
  shownBy: [
    { file: { in: "root", path: "/etc/openjarvis/env" } },
    { file: { in: "data-folder", path: "config.toml" } },
  ],
  // There is no variable for host and port: a flag, else the file.
  listening: {
    host: {
      keyPath: ["server", "host"],
      flag: { name: "--host", takes: "word-or-equals" },
      default: "127.0.0.1",
      emptyMeans: "look-further",
    },
    port: {
      keyPath: ["server", "port"],
      type: "integer",
      flag: { name: "--port", takes: "word-or-equals" },
      default: "8000",
      emptyMeans: "look-further",
    },
    tls: null,
    bindRule: { refusesWithoutKey: "beyond-python-loopback", spellings: ["*"] },
  },
  fileReaders: ["compose"],
  logs: [
    { in: "data-folder", path: "server.log" },
    // macOS's, by the launchd file of its guide.
    { in: "root", path: "/tmp/openjarvis.stdout.log" },
    { in: "root", path: "/tmp/openjarvis.stderr.log" },
  ],
  forms: [
    { in: "header", name: "Authorization", prefix: "Bearer " },
    { in: "subprotocol", beside: protocolMarker, prefix: keyProtocolPrefix, encoding: "base64url" },
  ],
  clients: {
    enter: "in OpenJarvis's page: Settings, API key; for jarvis itself: OPENJARVIS_API_KEY",
    path: "/v1/info",
    by: "header",
  },
};

export const openjarvis = createSystem(openjarvisDescription, {
  loadProbe: async () => (await import("./openjarvis-probe.js")).openjarvisProbe,
});
