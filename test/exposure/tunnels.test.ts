import { describe, expect, it } from "vitest";

import { leadsToPort } from "../../src/exposure/exposure.js";
import { judgeTunnel } from "../../src/exposure/tunnels.js";

const judge = (line: string) => {
  const [program = "", ...args] = line.split(" ");
  return judgeTunnel({ pid: 1, program, args }, 8742)?.leads ?? null;
};

describe("leadsToPort", () => {
  it.each([
    ["8742", true],
    [":8742", true],
    ["localhost:8742", true],
    ["127.0.0.1:8742", true],
    ["[::1]:8742", true],
    ["http://localhost:8742", true],
    ["https+insecure://localhost:8742/path?x", true],
    ["http://127.0.0.1:8742/api", true],
    ["8743", false],
    ["localhost", false],
    ["10.0.0.5:8742", false],
    ["agent.example:8742", false],
    ["", false],
    ["http://localhost:87420", false],
  ])("%j: %s", (target, leads) => {
    expect(leadsToPort(target, 8742)).toBe(leads);
  });
});

describe("judgeTunnel", () => {
  it.each([
    ["cloudflared tunnel --url http://localhost:8742", "yes"],
    ["cloudflared tunnel --url=localhost:8742 --no-autoupdate", "yes"],
    ["cloudflared tunnel --url http://localhost:3000", "no"],
    ["cloudflared tunnel run --token SECRET", "unseen"],
    ["cloudflared tunnel run agents", "unseen"],
    ["cloudflared version", "no"],
    ["ngrok http 8742", "yes"],
    ["ngrok http --url=agents.example http://localhost:8742", "yes"],
    ["ngrok tcp 22", "no"],
    ["ngrok start --all", "unseen"],
    ["ngrok config check", "no"],
    ["ssh -R 8742:localhost:8742 host", "yes"],
    ["ssh -N -R 80:127.0.0.1:8742 host", "yes"],
    ["ssh -NTR 0.0.0.0:80:localhost:8742 host", "yes"],
    ["ssh -R80:[::1]:8742 host", "yes"],
    ["ssh -R 1080 host", "yes"],
    ["ssh -R 8742:localhost:3000 host", "no"],
    ["ssh -L 8742:localhost:8742 host", "no"],
    ["ssh host", "no"],
    ["autossh -M 0 -R 8742:localhost:8742 host", "yes"],
    ["tailscale serve 8742", "yes"],
    ["tailscale funnel --bg localhost:8742", "yes"],
    ["tailscale serve --https=443 http://127.0.0.1:3000", "no"],
    ["tailscale status", "no"],
    ["tailscaled --state=/var/lib/tailscale/tailscaled.state", "unseen"],
    ["bore local 8742 --to bore.example", "yes"],
    ["zrok share public localhost:8742", "yes"],
    ["lt --port 8742", "yes"],
    ["lt --port 8743", "no"],
    ["frpc -c /etc/frpc.toml", "unseen"],
    ["socat TCP-LISTEN:80,fork TCP:127.0.0.1:8742", "yes"],
    ["socat TCP-LISTEN:80,fork TCP4:localhost:8742,nodelay", "yes"],
    ["socat - TCP:127.0.0.1:8742", "no"],
    ["caddy reverse-proxy --from agent.example --to localhost:8742", "yes"],
    ["caddy run --config /etc/caddy/Caddyfile", "no"],
    [
      "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8742 -container-ip 172.17.0.2 -container-port 80",
      "yes",
    ],
    ["docker-proxy -proto tcp -host-ip 127.0.0.1 -host-port 8742 -container-ip 172.17.0.2", "no"],
    ["docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -container-ip 172.17.0.2", "no"],
    ["sleep 8742", null],
    ["node 8742", null],
    ["constructor 8742", null],
  ])("%s: %s", (line, leads) => {
    expect(judge(line)).toBe(leads);
  });
});
