import * as os from "node:os";

import { describe, expect, it } from "vitest";

import { holdsSecret } from "../../src/net/redact.js";
import { keyA } from "../helpers/keys.js";
import { startLive } from "../helpers/live-server.js";
import { type RootedMachine, rootedMachine } from "../helpers/rooted-fs.js";
import { createRandom, extent, isChaos } from "../helpers/chaos.js";
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

/** What the password file would tell. */
const home = "Environment=HOME=/srv";

const both = (first: string, variable: string, value: string) =>
  service(ojStart, home, `Environment="${first} ${variable}=${value}"`);

const inUnits: readonly Place[] = [
  ...["OPENJARVIS_HOME=/srv/oj", "XDG_DATA_HOME=/srv/data", "HOME=/srv"].flatMap(
    (first): Place[] => [
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
    ],
  ),
  {
    title: "unit: the key alone for a folder",
    system: "openjarvis",
    files: {
      [ojUnit]: service(ojStart, home, `Environment=OPENJARVIS_HOME=/srv/${openjarvisKey}`),
    },
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
      [ojUnit]: service(ojStart, home, `EnvironmentFile=/etc/oj.env OPENJARVIS_API_KEY=${canary}`),
    },
  },
  ...[
    `Environment=OPENJARVIS_API_KEY:${canary}`,
    `Environment=OPENJARVIS_API_KEY=${canary}%5F`,
    `Environment=OPENJARVIS_API_KEY = ${canary}`,
    `EnvironmentFile="/etc/oj.env" # ${canary}`,
    `EnvironmentFile=~/${canary}`,
    `EnvironmentFile=/etc/%m?key=${canary}`,
    `PassEnvironment=${canary}`,
  ].map((line, at) => ({
    title: `unit: a line that systemd ignores, ${at}`,
    system: "openjarvis",
    files: { [ojUnit]: service(ojStart, home, line) },
  })),
  {
    title: "settings of the service manager",
    system: "openjarvis",
    files: {
      [ojUnit]: service(ojStart, home),
      "/etc/systemd/system.conf": `[Manager]\nDefaultEnvironment="OPENJARVIS_HOME=/srv OPENJARVIS_API_KEY=${canary}"\n`,
    },
  },
  {
    title: "Jean's unit: a word of which a part is a variable",
    system: "jean",
    files: { [jeanUnit]: service(`${jeanStart} --token \${X}${canary}`) },
  },
  {
    title: "unit: a user",
    system: "openjarvis",
    files: { [ojUnit]: service(ojStart, `User=${canary}`) },
  },
  {
    title: "unit: a host's word",
    system: "openjarvis",
    files: { [ojUnit]: service(`${ojStart} "--host=0.0.0.0 --token=${canary}"`, home) },
  },
  {
    title: "unit: one word of an env command",
    system: "openjarvis",
    files: {
      [ojUnit]: service(
        `ExecStart=/usr/bin/env "A=1 OPENJARVIS_API_KEY=${canary}" jarvis serve`,
        home,
      ),
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

/** Every one of them under `npm run chaos`; else so many, others in every run. */
const random = createRandom("canary");
function sampleOf<T>(all: readonly T[], size: number): readonly T[] {
  if (isChaos) return all;
  const start = random(all.length);
  return Array.from({ length: size }, (_, index) => all[(start + index) % all.length] as T);
}

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

/** What was said, where the key is in it. A URL's host is in lower case by the time that it is shown. */
function findLeak(text: string, command: readonly string[]): readonly string[] {
  const isPlain = text.toLowerCase().includes(canary.toLowerCase());
  // Nor its second half: what is cut off must not begin in its middle.
  const leaks = isPlain || text.includes(canary.slice(20)) || holdsSecret(text, canary);
  return leaks ? [`${command.join(" ")}: ${text}`] : [];
}

describe(`a key in a place where none belongs (${extent})`, () => {
  it.each([...inUnits, ...inEnvironment, ...inFiles])(
    "comes out nowhere: $title",
    async ({ system, ...place }) => {
      const leaks: string[] = [];
      for (const mode of sampleOf(modes, 1)) {
        const { cli, machine } = prepare(place);
        const before = listPaths(machine);
        for (const words of commands) {
          const dashes = words.indexOf("--" as never);
          const at = dashes < 0 ? words.length : dashes;
          const argv = [...words.slice(0, at), ...mode, ...words.slice(at)];
          const { stdout, stderr } = await cli.run("keyward", "--system", system, ...argv);
          leaks.push(...findLeak(stdout + stderr, argv));
        }
        const created = listPaths(machine).filter((path) => !before.includes(path));
        leaks.push(...findLeak(created.join("\n"), ["paths"]));
      }
      expect(leaks).toEqual([]);
    },
  );
});

describe.runIf(process.platform === "linux")(
  "a key in what a running server was started with",
  () => {
    it.each([
      ["a word", ["serve", canary], {}],
      ["an unknown option", ["serve", "--token", canary, `--secret=${canary}`], {}],
      ["the host's option", ["serve", "--host", canary, `--port=${canary}`], {}],
      ["the variable", ["serve"], { OPENJARVIS_API_KEY: canary }],
      ["another variable", ["serve"], { OTHER_KEY: canary, NODE_ENV: canary }],
    ])("comes out nowhere: %s", async (_, args, env) => {
      const { pid, port } = await startLive({ name: "jarvis", args, env, host: "0.0.0.0" });
      const leaks: string[] = [];
      for (const [system, files] of [
        ["openjarvis", { "~/.openjarvis/config.toml": `[server]\nport = ${port}\n` }],
        [
          "jean2",
          {
            "~/.jean2/.env": "JEAN2_AUTH_TOKEN=\n",
            "~/.jean2/server.pid": JSON.stringify({ pid, port, host: "127.0.0.1" }),
          },
        ],
      ] as const) {
        for (const words of ["auth status", "auth check", "doctor", "token rotate --dry-run"]) {
          for (const mode of modes) {
            const { cli } = prepare({ files });
            const argv = ["--system", system, ...words.split(" "), ...mode];
            const { stdout, stderr } = await cli.run("keyward", ...argv);
            leaks.push(...findLeak(stdout + stderr, argv));
          }
        }
      }
      expect(leaks).toEqual([]);
    });
  },
);

describe("two assignments in one pair of quotes", () => {
  const line = `Environment="OPENJARVIS_HOME=/srv/oj OPENJARVIS_API_KEY=${openjarvisKey}"`;
  const finding = {
    id: "swallowed",
    severity: "error",
    message: `${ojDropIn}:3: systemd makes one variable, OPENJARVIS_HOME, of this line: OPENJARVIS_API_KEY is only a part of its value`,
    fix: `write on line 3 of ${ojDropIn}: Environment="OPENJARVIS_HOME=/srv/oj" "OPENJARVIS_API_KEY=…"`,
  };
  const shown = JSON.stringify(finding).slice(0, -1);
  const files = { [ojUnit]: service(ojStart), [ojDropIn]: `[Service]\n\n${line}\n` };
  const run = (...words: string[]) =>
    prepare({ files }).cli.run("keyward", "--system", "openjarvis", ...words);

  it.each([
    ["auth status", 0],
    ["doctor", 1],
  ])("are a finding of %s", async (words, status) => {
    const { code, stdout } = await run(...words.split(" "), "--json");
    expect([code, stdout]).toEqual([status, expect.stringContaining(shown)]);
    const plain = await run(...words.split(" "));
    expect(plain.stdout).toContain(finding.message);
    expect(plain.stdout).toContain(finding.fix);
  });

  it.each([
    "auth generate-key --write",
    "auth create-key",
    "token rotate",
    "token rotate --dry-run",
  ])("keep %s from writing anywhere", async (words) => {
    const { cli, machine } = prepare({ files });
    const before = listPaths(machine);
    const argv = ["--system", "openjarvis", ...words.split(" ")];
    expect(await cli.run("keyward", ...argv)).toEqual({
      code: 3,
      stdout: "",
      stderr: `keyward: ${finding.message}\nkeyward: hint: ${finding.fix}\n`,
    });
    expect(listPaths(machine)).toEqual(before);
  });

  it("say nothing of what is not keyward's to know", async () => {
    const own = `Environment="OPTS=-Xmx1g A=b" "OPENJARVIS_HOME=/srv/my folder"`;
    const { cli } = prepare({ files: { [ojUnit]: service(ojStart, own) } });
    const { stdout } = await cli.run(
      "keyward",
      "--system",
      "openjarvis",
      "auth",
      "status",
      "--json",
    );
    expect(stdout).not.toContain("swallowed");
    expect(stdout).toContain("/srv/my folder/config.toml");
  });
});

const shapes = {
  base64url: canary,
  openjarvis: openjarvisKey,
  hex: Buffer.from(canary).toString("hex").slice(0, 64),
  HEX: Buffer.from(canary).toString("hex").toUpperCase().slice(0, 32),
  base64: "q3+8Zk/Tn1v0aYwHcX9u2LmErJ5sBdGfPiO7eVtQ4KA=",
  jwt: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.mRGb2JrJmVvRyTcRk0dSTwd5vQ4pTqgUUxdnQvXGkWw",
  password: "Xk29fQ7Lm3pZ8RtV1bN4",
} as const;

/** `K` is the key. The names that have a real program behind them answer `auth` and `token` alone. */
const lines = [
  "auth K",
  "token K",
  "auth probe K",
  "auth probe http://127.0.0.1:1/?token=K",
  "auth probe http://u:K@127.0.0.1:1",
  "auth probe http://127.0.0.1:1/#K",
  "auth probe http://127.0.0.1:1/K",
  "auth probe --url K",
  "auth probe --key K",
  "auth probe --key=K",
  "auth probe --token=K",
  "auth probe -k K",
  "auth probe -kK",
  "auth probe --key-env K",
  "auth probe --key-file K",
  "auth probe --timeout K",
  "auth probe --until K",
  "auth probe --ca K",
  "auth probe unix:/run/x.sock?token=K",
  "auth check K",
  "auth check --host K",
  "auth status K",
  "auth status --file=K",
  "auth status --file K",
  "auth status --file /srv/x --variable K",
  "auth status --file /srv/x --dialect K",
  "auth status --launch K",
  "auth status --server K",
  "auth status --json=K",
  "auth generate-key K",
  "auth generate-key --count K",
  "auth create-key K",
  "auth create-key --key K",
  "auth revoke-key K",
  "token set K",
  "token set --key K",
  "token set --key=K",
  "token set -- K",
  "token show K",
  "token show --reveal=K",
  "token rotate K",
  "token rotate --if-older-than K",
  "token rotate --overlap K",
  "token rotate --restart-command -- restart --token=K",
  "token rotate --restart-command -- curl -H Bearer:K",
  "token rotate --restart-command -- K",
  "token history K",
];
const ownLines = [
  "K",
  "--key K",
  "--token=K",
  "--system K auth status",
  "--system=K auth status",
  "doctor K",
  "serve K",
  "serve jean2 --host K",
  "serve jean2 --port K",
  "run K",
  "run -- K",
  "completion K",
  "server K",
  "server add K --system jean2",
  "server add lab --system K",
  "server add lab --system jean2 --url http://127.0.0.1:1/?token=K",
  "server add lab --system jean2 --url http://u:K@127.0.0.1:1",
  "server add lab --system jean2 --restart-command -- x K",
  "server remove K",
  "server list K",
  "token issue K",
  "token issue --secret K",
  "token issue --secret-env K",
  "token verify K",
  "token inspect K",
  "token verify --token K",
  "--system generic auth probe http://127.0.0.1:1 --path /validate?token=K",
  "--system generic auth probe http://127.0.0.1:1 --path /v --accept-json a=K",
  "--system auto auth probe http://127.0.0.1:1/?token=K",
];

describe(`a key among the arguments (${extent})`, () => {
  const table = [
    ...lines.flatMap((line) => [["keyward", line] as const, ["jean2", line] as const]),
    ...ownLines.map((line) => ["keyward", line] as const),
  ];
  it.each(table)("is refused, and not repeated: %s %s", async (name, line) => {
    for (const [shape, key] of sampleOf(Object.entries(shapes), 3)) {
      // In a URL, `/`, `+` and `=` do not stand for themselves.
      const spelled = /:\/\//.test(line) ? encodeURIComponent(key) : key;
      for (const mode of sampleOf(modes, 1)) {
        const machine = rootedMachine();
        const cli = testCli({ ...machine, isTerminal: true });
        const argv = [...mode, ...line.split(" ").map((word) => word.replace("K", spelled))];
        // They would be words of the program for the real one.
        if (name === "jean2") argv.push(...argv.splice(0, mode.length));
        const { code, stdout, stderr } = await cli.run(name, ...argv);
        const said = stdout + stderr;
        expect([shape, code, said]).toEqual([
          shape,
          2,
          expect.stringContaining("a key is never an argument, and this one now stands in"),
        ]);
        expect(said).toContain("with token rotate --leaked");
        expect([line, said.toLowerCase().includes(key.slice(0, 12).toLowerCase())]).toEqual([
          line,
          false,
        ]);
        expect([line, holdsSecret(said, key)]).toEqual([line, false]);
        expect(listPaths(machine)).toEqual([]);
      }
    }
  });

  it.each(["jean2", "jarvis"] as const)(
    "is not repeated where there is no real %s",
    async (name) => {
      for (const key of Object.values(shapes)) {
        for (const mode of modes) {
          const { code, stdout, stderr } = await testCli().run(name, key, ...mode);
          expect(code).toBe(3);
          expect(stdout + stderr).toContain(
            `there is no other ${name} on the PATH to run that word`,
          );
          expect(stdout + stderr).not.toContain(key.slice(0, 12));
        }
      }
    },
  );

  it("that only looks like one may be said where names are made up by others", async () => {
    const cli = testCli({ env: { JWT_SECRET: canary } });
    const id = "user_2NNEqL2nrIRdJ194ndJqAHwEfxC";
    const { code } = await cli.run("keyward", "token", "issue", "--user", id);
    expect(code).toBe(0);
  });

  it.each([
    ["auth", "status", "--file", "/nix/store/7w5k0d3cb0rz4bzj1gnhqhq2x9a1y6vz-oj/env"],
    ["auth", "status", "--file", `/var/lib/docker/volumes/${"0a1b2c3d".repeat(8)}/_data/env`],
    ["auth", "status", "--file", "./Xk29fQ7Lm3pZ8RtV1bN4"],
    ["token", "rotate", "--dry-run", "--if-older-than", "30d"],
  ])("is not seen in what is none: %j", async (...argv) => {
    const { code, stderr } = await testCli().run("jean2", ...argv);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("never an argument")]);
  });
});

describe("a key of a proxy", () => {
  it.each([
    `http://agent:${canary}@127.0.0.1:1`,
    `http://${canary}@127.0.0.1:1`,
    `agent:${canary}@127.0.0.1:1`,
    `http://agent:${canary}%@127.0.0.1:1`,
    `http://agent:${canary}`,
    `http://${canary}`,
    `https://agent:${canary}@127.0.0.1:1`,
    canary,
    `socks5://${canary}@127.0.0.1`,
  ])("comes out nowhere: %s", async (proxy) => {
    for (const mode of modes) {
      for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
        const cli = testCli({ env: { [name]: proxy, GIVEN: "some-other-key-of-the-server" } });
        const argv = ["auth", "probe", "http://agent.invalid", "--key-env", "GIVEN"];
        argv.push("--allow-plaintext", "--timeout", "2s", ...mode);
        const { code, stdout, stderr } = await cli.run("jean2", ...argv);
        expect(findLeak(stdout + stderr, [name, ...mode])).toEqual([]);
        expect([2, 3]).toContain(code);
      }
    }
  });
});
