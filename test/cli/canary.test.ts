import * as os from "node:os";

import { describe, expect, it } from "vitest";

import { holdsSecret } from "../../src/probe/redact.js";
import { keyA } from "../helpers/keys.js";
import { type RootedMachine, rootedMachine } from "../helpers/rooted-fs.js";
import { testCli, type TestCli } from "../helpers/run-cli.js";

/** Put wherever a key may end up by mistake; it must come out nowhere. */
const canary = keyA;
const openjarvisKey = `oj_sk_${canary}`;

const modes = [[], ["--json"], ["--debug"], ["--json", "--debug"]] as const;

/** Every command that reads a server's files, in an order in which one may be run after the other. */
const commands = [
  ["auth", "status"],
  ["auth", "check"],
  ["auth", "check", "--host", "0.0.0.0"],
  ["auth", "probe", "--timeout", "2s"],
  ["token", "show"],
  ["token", "history"],
  ["token", "rotate", "--dry-run"],
  ["token", "rotate", "--restart", "--timeout", "1s"],
  ["token", "rotate", "--resume"],
  ["auth", "revoke-key"],
  ["auth", "create-key"],
  ["auth", "generate-key", "--write"],
  ["token", "rotate"],
  ["doctor"],
  ["doctor", "--fix"],
  ["run", "--", "/no/such/program"],
  ["run", "--", "/no/such/program", "--host", "0.0.0.0"],
] as const;

interface Place {
  readonly title: string;
  readonly system: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const ojUnit = "/etc/systemd/system/openjarvis.service";
const ojDropIn = `${ojUnit}.d/10-own.conf`;
const jeanUnit = "/etc/systemd/system/jean-server.service";
const service = (...lines: string[]) => ["[Service]", ...lines, ""].join("\n");
const ojStart = "ExecStart=/usr/local/bin/jarvis serve";
const jeanStart = "ExecStart=/usr/local/bin/jean-server --headless";

const both = (first: string, variable: string, value: string) =>
  service(ojStart, `Environment="${first} ${variable}=${value}"`);

const inUnits: readonly Place[] = [
  ...["OPENJARVIS_HOME=/srv/oj", "XDG_DATA_HOME=/srv/data", "HOME=/srv"].flatMap((first) => [
    {
      title: `unit: ${first}`,
      system: "openjarvis",
      files: { [ojUnit]: both(first, "OPENJARVIS_API_KEY", openjarvisKey) },
    },
    {
      title: `unit, another key's name: ${first}`,
      system: "openjarvis",
      files: { [ojUnit]: both(first, "TAVILY_API_KEY", canary) },
    },
    {
      title: `drop-in: ${first}`,
      system: "openjarvis",
      files: {
        [ojUnit]: service(ojStart, "EnvironmentFile=/etc/openjarvis/env"),
        [ojDropIn]: both(first, "OPENJARVIS_API_KEY", openjarvisKey),
        "/etc/openjarvis/env": "OTHER=1\n",
      },
    },
  ]),
  {
    title: "unit: the key alone for a folder",
    system: "openjarvis",
    files: { [ojUnit]: service(ojStart, `Environment=OPENJARVIS_HOME=/srv/${openjarvisKey}`) },
  },
  {
    title: "unit: such a folder that is there",
    system: "openjarvis",
    files: {
      [ojUnit]: both("OPENJARVIS_HOME=/srv/oj", "OPENJARVIS_API_KEY", canary),
      [`/srv/oj OPENJARVIS_API_KEY=${canary}/config.toml`]: "[server]\nport = 1\n",
    },
  },
  {
    title: "unit: in the name of an env file",
    system: "openjarvis",
    files: {
      [ojUnit]: service(ojStart, `EnvironmentFile=/etc/oj.env OPENJARVIS_API_KEY=${canary}`),
    },
  },
  {
    title: "unit: a user",
    system: "openjarvis",
    files: { [ojUnit]: service(ojStart, `User=${canary}`) },
  },
  {
    title: "unit: a host's word",
    system: "openjarvis",
    files: { [ojUnit]: service(`${ojStart} "--host=0.0.0.0 --token=${canary}"`) },
  },
  {
    title: "unit: one word of an env command",
    system: "openjarvis",
    files: {
      [ojUnit]: service(`ExecStart=/usr/bin/env "A=1 OPENJARVIS_API_KEY=${canary}" jarvis serve`),
    },
  },
  ...["JEAN_HOST=0.0.0.0", "JEAN_PORT=1", "JEAN_NO_TOKEN=1"].map((first) => ({
    title: `Jean's unit: ${first}`,
    system: "jean",
    files: { [jeanUnit]: service(jeanStart, `Environment="${first} JEAN_TOKEN=${canary}"`) },
  })),
  {
    title: "Jean's unit: the key first",
    system: "jean",
    files: {
      [jeanUnit]: service(jeanStart, `Environment="JEAN_TOKEN=${canary} JEAN_HOST=0.0.0.0"`),
    },
  },
];

const variables = [
  ["jean2", "JEAN2_DATA_DIR"],
  ["jean2", "JEAN2_HOST"],
  ["jean2", "JEAN2_PORT"],
  ["jean2", "JEAN2_TLS_ENABLED"],
  ["jean2", "NODE_ENV"],
  ["openjarvis", "OPENJARVIS_HOME"],
  ["openjarvis", "XDG_DATA_HOME"],
  ["jean", "JEAN_HOST"],
  ["jean", "JEAN_PORT"],
  ["haip", "JWT_EXPIRES_IN"],
  ["jean2", "XDG_CONFIG_HOME"],
  ["jean2", "XDG_STATE_HOME"],
  ["jean2", "HOME"],
  ["jean2", "KEYWARD_JEAN2"],
  ["openjarvis", "KEYWARD_JARVIS"],
] as const;

const inEnvironment: readonly Place[] = variables.flatMap(([system, name]) =>
  [canary, `/srv/${canary}`, `/srv/x API_KEY=${canary}`, `127.0.0.1 TOKEN=${canary}`].map(
    (value) => ({ title: `${name}=${value}`, system, env: { [name]: value } }),
  ),
);

const inFiles: readonly Place[] = [
  {
    title: "Jean2's file: the host",
    system: "jean2",
    files: { "~/.jean2/.env": `JEAN2_HOST="0.0.0.0 JEAN2_AUTH_TOKEN=${canary}"\n` },
  },
  {
    title: "Jean2's file: the certificate",
    system: "jean2",
    files: {
      "~/.jean2/.env": `JEAN2_TLS_ENABLED=true\nJEAN2_TLS_CERT_FILE=/x TOKEN=${canary}\n`,
    },
  },
  {
    title: "Jean2's pid file",
    system: "jean2",
    files: {
      "~/.jean2/.env": "A=1\n",
      "~/.jean2/server.pid": JSON.stringify({ pid: process.pid, port: 1, host: canary }),
    },
  },
  {
    title: "OpenJarvis's file: the host",
    system: "openjarvis",
    files: { "~/.openjarvis/config.toml": `[server]\nhost = "${canary}"\n` },
  },
  {
    title: "OpenJarvis's file, which is not TOML",
    system: "openjarvis",
    files: { "~/.openjarvis/config.toml": `[server.auth]\napi_key = ${canary}\n` },
  },
  {
    title: "the settings, which are not JSON",
    system: "jean2",
    files: { "~/.config/keyward/config.json": `{"servers": ${canary}}` },
  },
  {
    title: "the settings, with unknown names",
    system: "jean2",
    files: { "~/.config/keyward/config.json": `{"version": 1, "${canary}": 1}` },
  },
  {
    title: "the settings, with an unknown system",
    system: "jean2",
    files: { "~/.config/keyward/config.json": `{"version": 1, "defaultSystem": "${canary}"}` },
  },
];

function prepare({ files = {}, env = {} }: Omit<Place, "title" | "system">): {
  readonly cli: TestCli;
  readonly machine: RootedMachine;
} {
  const bare = rootedMachine({ hostname: os.hostname() });
  const machine = { ...bare, env: { PATH: "/no/such/folder", HOME: bare.home, ...env } };
  for (const [path, text] of Object.entries(files)) {
    machine.put(path.replace("~", machine.home), text);
  }
  return { cli: testCli(machine), machine };
}

/** The names of all that is there, below the home folder and the machine's. */
function listPaths({ fs, home }: RootedMachine): string[] {
  const list = (folder: string): string[] => {
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? [path, ...list(path)] : [path];
    });
  };
  return [home, "/etc", "/opt", "/root", "/run", "/srv", "/usr"].flatMap(list);
}

/** A URL's host is in lower case by the time that it is shown. */
function expectNoKey(text: string, command: readonly string[]): void {
  const holds = holdsSecret(text, canary) || text.toLowerCase().includes(canary.toLowerCase());
  // Neither its second half: what is cut off must not begin in its middle.
  expect([command, holds || text.includes(canary.slice(20)) ? text : "clean"]).toEqual([
    command,
    "clean",
  ]);
}

describe("a key in a place where none belongs", () => {
  it.each([...inUnits, ...inEnvironment, ...inFiles])(
    "comes out nowhere: $title",
    async ({ system, ...place }) => {
      for (const mode of modes) {
        const { cli, machine } = prepare(place);
        const before = listPaths(machine);
        for (const words of commands) {
          const dashes = words.indexOf("--" as never);
          const at = dashes < 0 ? words.length : dashes;
          const argv = [...words.slice(0, at), ...mode, ...words.slice(at)];
          const { stdout, stderr } = await cli.run("keyward", "--system", system, ...argv);
          expectNoKey(stdout + stderr, argv);
        }
        const created = listPaths(machine).filter((path) => !before.includes(path));
        expectNoKey(created.join("\n"), ["paths"]);
      }
    },
  );
});
