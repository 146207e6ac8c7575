import { authRoute, forJeanOrigin, type JeanRelease, jeanWireOf } from "./jean-wire.js";
import { readPath, readQuery } from "../contract/request-parts.js";
import { type ResponseData, type AuthRequest, withHeaders } from "../contract/wire.js";
import {
  html,
  json,
  type Site,
  type SiteBase,
  type SiteMaker,
  type SocketPlan,
  text,
} from "../contract/site.js";

/** Makes a reference Jean. */
export const makeJeanSite: SiteMaker = ({ release: name, key, backendDown, baseOf }) => {
  const release = name === "old" ? "old" : "current";
  const authentication = key !== null;
  return createJeanSite(baseOf(jeanWireOf(release)), { release, backendDown, authentication });
};

interface JeanOptions {
  readonly release: JeanRelease;
  readonly authentication: boolean;
  /** `/readyz` answers 503, as it does while nobody broadcasts. */
  readonly backendDown: boolean;
}

/** Jean's contract, without projects: there is nothing to open and nothing to run. */
function createJeanSite(base: SiteBase, options: JeanOptions): Site {
  const { release } = options;
  const wire = jeanWireOf(release);
  const pages = release === "old" ? oldPages(options) : currentPages(options);

  function route(request: AuthRequest): ResponseData {
    const { method = "" } = request;
    const { exact } = readPath(request);
    if (exact.split("/").includes("..")) return text(403, "Access denied");
    const page = pages.find(({ path }) =>
      path.endsWith("/") ? exact.startsWith(path) : exact === path,
    );
    const methods = page?.methods ?? reading;
    if (!methods.includes(method)) {
      return { status: 405, headers: { Allow: methods.join(",") }, body: "" };
    }
    if (page === undefined) return webPage;
    // It looks at the upgrade before it looks at the token.
    if (exact === socketRoute) return noUpgrade;
    return refuse(request) ?? page.answer;
  }

  function refuse(request: AuthRequest): ResponseData | null {
    return readQuery(request).getAll("token").length > 1 ? doubled : base.refuse(request);
  }

  function answer(request: AuthRequest): ResponseData {
    const preflight = wire.answerPreflight(request);
    return preflight ?? forJeanOrigin(request, release, route(request));
  }

  return {
    answer,
    upgrade(request) {
      if (readPath(request).exact !== socketRoute) return answer(request);
      const refusal = refuse(request);
      return refusal === null ? silent : forJeanOrigin(request, release, refusal);
    },
  };
}

const socketRoute = "/ws";
const silent: SocketPlan = { protocol: null, open() {} };

interface Page {
  /** With a slash at its end: everything below it. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly answer: ResponseData;
}

const reading = ["GET", "HEAD"];

const get = (path: string, answer: ResponseData): Page => ({ path, methods: reading, answer });

const webPage = withHeaders(html("Jean"), { "Cache-Control": "no-store" });
const noUpgrade = text(400, "Connection header did not include 'upgrade'");
const doubled = text(400, "Failed to deserialize query string: duplicate field `token`");
const missing = text(404, "File not found");
const nothing = { projects: [], preferences: null, runningSessions: [], uiState: null };
const build = { webBuildId: "reference", appVersion: "reference" };

function oldPages({ authentication }: JeanOptions): Page[] {
  return [
    get(socketRoute, noUpgrade),
    get(authRoute, json(200, authentication ? { ok: true } : { ok: true, token_required: false })),
    get("/api/init", json(200, nothing)),
  ];
}

function currentPages({ authentication, backendDown }: JeanOptions): Page[] {
  const off = authentication ? {} : { token_required: false };
  const ready = { ok: !backendDown, http: true, websocket_broadcaster: !backendDown };
  return [
    get(socketRoute, noUpgrade),
    get(authRoute, json(200, { ok: true, ...off, ...build })),
    get("/api/init", json(200, nothing)),
    get("/api/version", json(200, build)),
    get("/api/files/", missing),
    get("/api/project-files/", missing),
    { path: "/api/commit-jobs", methods: ["POST"], answer: text(409, "Worktree not found") },
    get("/healthz", json(200, { ok: true })),
    get("/readyz", json(backendDown ? 503 : 200, ready)),
  ];
}
