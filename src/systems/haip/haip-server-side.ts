import { findsSecretProtocol, type ServerSide } from "../contract/server-side.js";
import type { CredentialCode, RequestForms } from "../contract/wire.js";
import { TokenError, type TokenReason } from "../../tokens/errors.js";
import { haipWireOf } from "./haip-wire.js";
import { haipDescription } from "./haip.js";

const wire = haipWireOf("documented");
const reasons: Record<Exclude<CredentialCode, "invalid-request">, TokenReason> = {
  "missing-key": "missing",
  "wrong-key": "bad-signature",
  "expired-key": "expired",
};

/** HAIP's forms as its documentation has them. */
const requests: RequestForms = {
  isProtected: (request) => wire.isProtected(request),
  answerPreflight: (request) => wire.answerPreflight(request),
  credentials(request) {
    const presented = wire.credential(request);
    return presented === null ? [] : [presented];
  },
  refuse(request, reason) {
    const code = wire.credential(request) === null ? "missing-key" : reason;
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(new TokenError(reasons[code], "").toAnswer());
    return { code, status: 401, headers, body };
  },
  isSecretProtocol: findsSecretProtocol(haipDescription.forms),
};

/** Being HAIP, in one of its three layers. */
export const haipServerSide: ServerSide = {
  requests,
  releases: [
    { name: "documented", verifies: true },
    {
      name: "old",
      ignoresKey: true,
      note: "it does not check signatures: any JWT with a userId and a later exp is accepted",
    },
    {
      name: "current",
      verifies: true,
      note: "its HTTP routes ask for nothing",
      withoutKey: "no secret is set, so nobody can log in",
    },
  ],
  loadSite: async () => (await import("./haip-site.js")).makeHaipSite,
};
