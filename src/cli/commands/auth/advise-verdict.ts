import { aboutServer, asItStands, type Hint } from "../../../core/hint.js";
import type { ProbeReport } from "../../../probe/report.js";

/** What was asked, as far as the advice goes by it. */
export interface AskedServer {
  /** The address was given, rather than found here. */
  readonly isGiven: boolean;
  /** It answers on this machine. */
  readonly isHere: boolean;
  /** Whose key was tried; null for none. */
  readonly key: "given" | "stored" | null;
  /** Where the server of this machine answers by its own files, where that is another address. */
  readonly elsewhere: string | null;
}

/** What to do next, by the verdict; null where all is well. */
export function adviseVerdict(result: ProbeReport, asked: AskedServer): Hint | null {
  const { url, verdict, reason } = result;
  const again = aboutServer(asked.isGiven ? `auth probe ${url}` : "auth probe");
  switch (verdict) {
    case "open":
      if (asked.key === "stored") return join("restart the server, then: ", again);
      // Where another server has its key, only its owner knows.
      return asked.key === "given" || result.system === "generic" || !asked.isHere
        ? "give the server a key in its own settings, and restart it"
        : ["make a key: ", aboutServer("auth generate-key --write"), "; then restart the server"];
    case "key-rejected":
      return asked.key === "given"
        ? "check that this is the key of this server; a running server keeps the key that it started with until it restarts"
        : join("restart the server, which has another key than the file; then: ", again);
    case "unreachable":
      return adviseUnreachable(result, asked, again);
    case "wrong-service":
      if (reason.code === "not-http") return tryOther(url, "https");
      return ["find out which server that is: ", asItStands(`--system auto auth probe ${url}`)];
    case "inconclusive":
      return adviseInconclusive(result, again);
    default:
      return null;
  }
}

function adviseUnreachable({ url, reason }: ProbeReport, asked: AskedServer, again: Hint): Hint {
  if (asked.elsewhere !== null) {
    return [
      "the server of this machine is elsewhere: ",
      aboutServer(`auth probe ${asked.elsewhere}`),
    ];
  }
  switch (reason.code) {
    case "connection-refused":
      return join("start the server, then: ", again);
    case "connection-reset":
      return url.startsWith("https:") ? tryOther(url, "http") : tryOther(url, "https");
    case "tls-failed":
      return reason.message.includes("does not speak TLS")
        ? tryOther(url, "http")
        : "name its certificate authority: --ca FILE";
    case "proxy-failed":
      return "leave this server out of the proxy: set NO_PROXY to its name";
    case "name-not-found":
      return "check the name in the address";
    default:
      return "check the address, and the firewall on the way";
  }
}

function adviseInconclusive({ url, reason }: ProbeReport, again: Hint): Hint {
  switch (reason.code) {
    case "other-login":
      return "ask the server itself, not the proxy before it; a server that wants this form is not known yet";
    case "form-unknown":
      return "check the key, and the form in which this server wants it: --transport bearer or query";
    case "server-busy":
    case "no-answer":
      return ["wait for it: ", aboutServer(`auth probe ${url} --until enforced --timeout 60s`)];
    case "transports-disagree":
      return join("restart the server, then: ", again);
    default:
      return ["see what it answers: ", aboutServer(`auth probe ${url} --debug`)];
  }
}

/** Behind the same address, in the other language. */
function tryOther(url: string, scheme: "http" | "https"): Hint {
  const other = url.replace(/^https?:/, `${scheme}:`);
  return [`try ${scheme}: `, aboutServer(`auth probe ${other}`)];
}

function join(text: string, hint: Hint): Hint {
  return typeof hint === "string" || "words" in hint ? [text, hint] : [text, ...hint];
}
