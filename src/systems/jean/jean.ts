import type { SystemDescription } from "../contract/description.js";
import { createSystem } from "../describe/create-system.js";

/**
 * Jean's headless server. Its installer writes an env file and a unit, for the machine or for the
 * user; without a token it takes one of its own, saved or made up.
 */
export const jeanDescription: SystemDescription = {
  id: "jean",
  title: "Jean",
  program: null,
  key: {
    variable: "JEAN_TOKEN",
    flag: { name: "--token", takes: "word" },
    format: "base64url",
    emptyMeans: "random",
    trimmed: true,
  },
  service: {
    unit: "jean-server.service",
    scopes: ["user", "system"],
    // An AppImage has its release in its name.
    programs: ["jean", "jean-server", "jean-headless", "jean*.appimage"],
    envFile: {
      system: "/etc/jean-server.env",
      user: ".config/jean-server/jean-server.env",
      // The service manager takes the last line with the variable, the installer the first.
      readers: ["systemd"],
      heirs: ["jean-installer"],
    },
  },
  launches: [
    {
      launch: "service",
      key: [
        { kind: "unit" },
        { kind: "environment", ignored: "an exported variable does not reach the service" },
      ],
      restart: { by: "unit" },
    },
    {
      launch: "foreground",
      key: [
        { kind: "environment" },
        { kind: "unit-env-file", ignored: "a server started from a shell does not read it" },
      ],
      restart: null,
    },
  ],
  shownBy: [
    { file: { in: "root", path: "/etc/jean-server.env" } },
    { file: { in: "home", path: ".config/jean-server/jean-server.env" } },
  ],
  listening: {
    host: {
      variable: "JEAN_HOST",
      flag: { name: "--host", takes: "word" },
      default: "127.0.0.1",
      trimmed: true,
    },
    port: {
      variable: "JEAN_PORT",
      flag: { name: "--port", takes: "word" },
      default: "3456",
      trimmed: true,
    },
    tls: null,
    // It compares the text alone, so that `::0` passes.
    bindRule: {
      refusesWithoutKey: { hosts: ["0.0.0.0", "::"] },
      spellings: [],
      trimmed: true,
    },
    unsafeSwitch: {
      variable: "JEAN_ALLOW_UNSAFE_NO_TOKEN",
      flag: { name: "--allow-unsafe-no-token", takes: "nothing" },
      on: ["1", "true", "yes", "on"],
    },
  },
  // Older servers take `1` alone; whatever switches one of them counts.
  noKeySwitch: {
    variable: "JEAN_NO_TOKEN",
    flag: { name: "--no-token", takes: "nothing" },
    on: ["1", "true", "yes", "on"],
  },
  fileReaders: ["systemd"],
  forms: [
    { in: "query", name: "token" },
    { in: "header", name: "Authorization", prefix: "Bearer " },
  ],
  clients: {
    enter: "in Jean's page: enter it when asked, or open the page once with ?token= and the key",
    path: "/api/auth",
    // Older servers ignore the header.
    by: "query",
  },
};

export const jean = createSystem(jeanDescription, {
  loadProbe: async () => (await import("./jean-probe.js")).jeanProbe,
});
