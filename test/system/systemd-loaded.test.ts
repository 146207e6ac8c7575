import { resolve } from "node:path";

import { expect, it } from "vitest";

import { keyA, keyB } from "../helpers/keys.js";
import { findPort } from "../helpers/restartable-server.js";
import { bootSystemd } from "./booted-systemd.js";

const unit = "/run/systemd/system/openjarvis.service";

it("tells a running unit's key and what systemd has loaded from its files", async () => {
  const systemd = await bootSystemd();
  const port = await findPort();
  const put = (path: string, text: string) =>
    systemd.run(`mkdir -p "$(dirname ${path})"; printf '%s' '${text}' > ${path}`);
  put(
    "/run/oj/jarvis",
    `#!${process.execPath}\nrequire("node:net").createServer().listen(${port}, "127.0.0.1")\n`,
  );
  put("/run/oj/config.toml", `[server]\nport = ${port}\n`);
  put("/run/oj/env", `OPENJARVIS_API_KEY=${keyA}\n`);
  systemd.run("chmod -R a+rX /run/oj && chmod a+x /run/oj/jarvis");
  const text = [
    "[Service]",
    "User=nobody",
    "Environment=OPENJARVIS_HOME=/run/oj",
    "EnvironmentFile=/run/oj/env",
    `ExecStart=/run/oj/jarvis serve --port ${port}`,
    "",
  ].join("\n");
  put(unit, `[Unit]\nDefaultDependencies=no\n${text}`);
  systemd.run("systemctl daemon-reload && systemctl start openjarvis");
  const status = () => {
    const command = `${process.execPath} ${resolve("bin/keyward.cjs")} --system openjarvis auth status --json`;
    const out = systemd.run(`cd /; env -i PATH=/usr/bin:/bin HOME=/run/oj ${command}`);
    expect(out).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    const { launch, live, findings } = JSON.parse(out) as {
      launch: string;
      live: { key: string; shownBy: string } | null;
      findings: { id: string; message: string; fix: string }[];
    };
    const ours = new Set(["stale-server", "needs-daemon-reload"]);
    return { launch, live, findings: findings.filter(({ id }) => ours.has(id)) };
  };

  await expect.poll(() => status().live, { timeout: 20_000 }).not.toBeNull();
  expect(status()).toMatchObject({
    launch: "service",
    live: { port, shownBy: "unit", key: "same" },
    findings: [],
  });

  // The file is changed, and the server runs on.
  put("/run/oj/env", `OPENJARVIS_API_KEY=${keyB}\n`);
  expect(status()).toMatchObject({
    live: { shownBy: "unit", key: "different" },
    findings: [
      {
        id: "stale-server",
        message: expect.stringMatching(
          /^the running server \(process \d+\) has another key than \/run\/oj\/env: restart it$/,
        ) as string,
        fix: expect.stringMatching(/^systemctl restart openjarvis && /) as string,
      },
    ],
  });
  systemd.run("systemctl restart openjarvis");
  await expect.poll(() => status().live?.key, { timeout: 20_000 }).toBe("same");

  // A drop-in, of which this manager does not say itself that it wants a reload.
  put(`${unit}.d/10.conf`, "[Service]\nEnvironmentFile=/run/oj/other\n");
  put("/run/oj/other", "A=1\n");
  expect(status().findings).toMatchObject([
    {
      id: "needs-daemon-reload",
      message: `systemd has loaded an older openjarvis.service than ${unit}; what differs: its drop-ins, EnvironmentFile=`,
      fix: "systemctl daemon-reload && systemctl restart openjarvis.service",
    },
  ]);
  systemd.run("systemctl daemon-reload");
  expect(status().findings).toEqual([]);

  // The unit file itself.
  systemd.run(`sleep 1.1; sed -i 's/--port/--host 0.0.0.0 --port/' ${unit}`);
  expect(status().findings).toMatchObject([
    { message: expect.stringContaining("what differs: ExecStart=") as string },
  ]);
  systemd.run("systemctl daemon-reload");
  expect(status().findings).toEqual([]);
});
