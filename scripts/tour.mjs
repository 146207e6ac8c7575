// From nothing to a proven key, on a machine of its own: a temporary HOME, a free port on
// 127.0.0.1, the built program, and a real shell that is shown every line before it runs it.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const home = mkdtempSync(join(tmpdir(), "keyward-tour-"));
const bin = join(home, "bin");
mkdirSync(bin);
for (const name of ["keyward", "jarvis", "jean2"]) {
  symlinkSync(join(root, "bin", `${name}.cjs`), join(bin, name));
}

const shell = spawn("/bin/sh", {
  cwd: home,
  env: {
    HOME: home,
    PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
    LANG: "C.UTF-8",
  },
  stdio: ["pipe", "pipe", "inherit"],
  detached: true,
});
const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
const end = `tour-${process.pid}-status`;

/** Stops the servers too: they are in the shell's process group. */
function leave() {
  try {
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGTERM");
  } catch {
    // The shell has ended by itself.
  }
  rmSync(home, { recursive: true, force: true });
}
process.on("exit", leave);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

/** Runs a line in the shell and gives its exit status; `hidden` lines are the tour's own business. */
async function run(line, { hidden = false } = {}) {
  if (!hidden) console.log(`$ ${line}`);
  shell.stdin.write(`{ ${line}\n} 2>&1; echo "${end} $?"\n`);
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error("the shell has ended");
    if (value.startsWith(end)) return Number(value.slice(end.length + 1));
    if (!hidden) console.log(value.replaceAll(home, "~"));
  }
}

async function expect(status, line) {
  const got = await run(line);
  if (got !== status) throw new Error(`expected exit status ${status}, got ${got}: ${line}`);
  console.log(status === 0 ? "" : `[exit status ${status}]\n`);
}

function say(text) {
  console.log(`# ${text}`);
}

/** Starts the reference server in the background and waits until it says where it listens. */
async function serve(port) {
  const line = `keyward serve --system jean2 --port ${port}`;
  console.log(`$ ${line} &`);
  await run(`: >server.out; ${line} >>server.out 2>server.err & echo $! >server.pid`, {
    hidden: true,
  });
  for (;;) {
    const url = readFileSync(join(home, "server.out"), "utf8").trim();
    if (url !== "") {
      console.log(`${url}\n`);
      return new URL(url);
    }
    const failure = await run("kill -0 $(cat server.pid)", { hidden: true });
    if (failure !== 0) throw new Error(readFileSync(join(home, "server.err"), "utf8"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  say("a new key: nothing but the key, so it can stand inside $(…)");
  await expect(0, "jean2 auth generate-key");

  say("may a Jean2 server listen on every interface of this machine? not without a key");
  await expect(1, "jean2 auth check --host 0.0.0.0");

  say("so make one, and store it where Jean2 reads it");
  await expect(0, "jean2 auth generate-key --write");
  await expect(0, "jean2 auth check --host 0.0.0.0");

  say("start a server (keyward's own, which speaks as Jean2 does) and ask it whether it means it");
  const { origin, port } = await serve(0);
  await expect(0, `jean2 auth probe ${origin}`);

  say("replace the key, restart, and prove that the old one is dead and the new one works");
  await expect(0, "OLD_KEY=$(sed -n s/^JEAN2_AUTH_TOKEN=//p ~/.jean2/.env)");
  await expect(0, "jean2 token rotate");
  await run("kill $(cat server.pid); wait", { hidden: true });
  await serve(port);
  await expect(1, `OLD_KEY=$OLD_KEY jean2 auth probe ${origin} --key-env OLD_KEY`);
  await expect(0, `jean2 auth probe ${origin}`);
  say("done: nothing is left behind, and nothing of yours was touched");
} catch (error) {
  console.error(`the tour ended early: ${error.message}`);
  process.exitCode = 1;
} finally {
  shell.stdin.end();
  process.exit();
}
