import { describe, expect, it } from "vitest";

import { findDialectTraps } from "../../../src/doctor/checks/dialect-traps.js";
import { systems } from "../../../src/systems/list.js";
import { withFile } from "../../../src/locations/with-file.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare, spelled } from "../subject.js";

/** The findings for a file of a system: their ids, and what else is asked for. */
async function look(dialect: string, text: string) {
  const machine = testMachine();
  const path = `${machine.home}/server.env`;
  const own = {
    jean2: systems.jean2,
    jean: withFile(systems.jean, { path }),
    compose: withFile(systems.openjarvis, { path }),
    docker: withFile(systems.openjarvis, { path, dialect: "docker" }),
    dotenv: withFile(systems.haip, { path }),
    node22: withFile(systems.haip, { path, dialect: "dotenv,node22" }),
  }[dialect];
  if (own === undefined) throw new Error(`no system for ${dialect}`);
  const { subject } = await prepare({
    system: own,
    machine: { home: machine.home },
    files: { [dialect === "jean2" ? ".jean2/.env" : "server.env"]: text },
    ...(dialect === "jean" && { launch: "service" }),
  });
  const findings = spelled(await findDialectTraps(subject));
  for (const finding of findings) {
    expect(JSON.stringify(finding)).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  }
  return findings;
}

describe("findDialectTraps", () => {
  const jean2 = "JEAN2_AUTH_TOKEN";
  const jarvis = "OPENJARVIS_API_KEY";
  it.each<[string, string, string[]]>([
    // What reads the same for everybody, and what only looks odd.
    ["jean2", `${jean2}=${keyA}\n`, []],
    ["jean2", `\uFEFF${jean2} = "${keyA}"\r\n`, []],
    ["jean2", `# export ${jean2}=${keyB}\n${jean2}=${keyA}\n`, []],
    ["jean2", "", []],
    ["jean2", `${jean2}=\n`, []],
    ["compose", `export ${jarvis}='${keyA}' # mine\n`, []],
    ["compose", `${jarvis}=\${SECRET}\n`, []],
    ["dotenv", `export JWT_SECRET="${keyA}" # mine\n`, []],
    ["docker", `${jarvis}=${keyA}\n`, []],
    ["jean", `JEAN_TOKEN=${keyA}\n`, []],
    // What they take as part of the key.
    ["jean2", `${jean2}=${keyA} # mine\n`, ["comment-in-key"]],
    ["jean2", `${jean2}="${keyA}" # mine\n`, ["comment-in-key"]],
    ["jean2", `${jean2}="${keyA}\n`, ["quotes-in-key"]],
    ["jean2", `${jean2}=" ${keyA} "\n`, ["blank-in-key"]],
    ["jean2", `${jean2}=${keyA} ${keyB}\n`, ["blank-in-key"]],
    ["docker", `${jarvis}="${keyA}"\n`, ["quotes-in-key"]],
    ["docker", `${jarvis}=${keyA} # mine\n`, ["comment-in-key"]],
    ["docker", `${jarvis}=${keyA} \n`, ["blank-in-key"]],
    // What they do not read at all.
    ["jean2", `export ${jean2}=${keyA}\n`, ["export-line"]],
    ["jean2", `${jean2}: ${keyA}\n`, ["colon-line"]],
    ["jean2", `${jean2}=${keyA}\nexport ${jean2}=${keyB}\n`, ["export-line"]],
    ["jean", `\uFEFFJEAN_TOKEN=${keyA}\n`, ["mark-before-key"]],
    ["dotenv", `A='\nJWT_SECRET=${keyA}\n'\n`, ["hidden-line"]],
    ["node22", `PROXY= \nJWT_SECRET=${keyA}\n`, ["hidden-line"]],
    // What one reader of the file takes otherwise than the next.
    ["jean", `JEAN_TOKEN="${keyA}"\n`, ["readers-disagree"]],
    ["jean", `JEAN_TOKEN=${keyA}\nJEAN_TOKEN=${keyB}\n`, ["readers-disagree"]],
    ["jean", ` JEAN_TOKEN=${keyA}\n`, ["hidden-line"]],
    ["compose", `${jarvis}=${keyA}$\{MORE}\n`, ["reads-otherwise"]],
    ["docker", `${jarvis}=${keyA}#mine\n`, ["reads-otherwise"]],
  ])("%s: %j", async (dialect, text, ids) => {
    expect((await look(dialect, text)).map(({ id }) => id)).toEqual(ids);
  });

  it("names the line that swallows the key's", async () => {
    const [finding] = await look("node22", `PROXY= \n\nJWT_SECRET=${keyA}\n`);
    expect(finding?.message).toMatch(
      /^line 3 of .*server\.env is read as part of line 1, so Node 22 does not read it$/,
    );
  });

  it.each([
    [`export ${jean2}=${keyA}\n`, "error", "keyward doctor --fix"],
    [`${jean2}=${keyB}\nexport ${jean2}=${keyA}\n`, "warning", "keyward doctor --fix"],
    // Which of the two is meant is not for keyward to say.
    [`export ${jean2}=${keyB}\n${jean2}: ${keyA}\n`, "error", "keyward token rotate"],
    // A value with a comment in it cannot be written so that it is no trap.
    [`${jean2}=${keyA} # mine\n`, "warning", "keyward token rotate"],
    // Not worth putting in force.
    [`export ${jean2}=your-secret-token\n`, "error", "keyward token rotate"],
  ])("%j is fixed, as far as it can be (%s)", async (text, severity, fix) => {
    const [finding] = await look("jean2", text);
    expect(finding).toMatchObject({ severity, fix });
  });

  it("names the line, the place and the reader", async () => {
    const [finding] = await look("jean2", `A=1\nexport ${jean2}=${keyA}\n`);
    const { location = "" } = finding ?? {};
    expect(location).toMatch(/\/\.jean2\/\.env$/);
    expect(finding?.message).toBe(
      `line 2 of ${location} begins with "export", so Jean2 does not read it, and Jean2 asks for no key`,
    );
  });

  it("looks at a file with both Jean2 and its runtime as readers", async () => {
    const machine = testMachine();
    const { subject } = await prepare({
      machine: { home: machine.home, cwd: `${machine.home}/.jean2` },
      launch: "foreground",
      files: { ".jean2/.env": `${jean2}=${keyA} # mine\n` },
    });
    const [finding] = spelled(await findDialectTraps(subject));
    expect(finding).toMatchObject({ id: "readers-disagree", fix: "keyward doctor --fix" });
  });

  it("leaves what keyward does not write to its owner", async () => {
    const { subject } = await prepare({
      system: systems.openjarvis,
      machine: { env: { OPENJARVIS_API_KEY: `"${keyA}"` } },
    });
    expect(spelled(await findDialectTraps(subject))).toMatchObject([
      { id: "quotes-in-key", fix: "set it again in env:OPENJARVIS_API_KEY" },
    ]);
  });

  it("says nothing of files that the server does not read", async () => {
    const machine = testMachine();
    const { subject } = await prepare({
      machine: { home: machine.home, env: { JEAN2_DATA_DIR: `${machine.home}/moved` } },
      files: { "moved/.env": `export ${jean2}=${keyA}\n` },
    });
    expect(spelled(await findDialectTraps(subject))).toEqual([]);
  });
});
