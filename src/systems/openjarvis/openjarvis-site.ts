import {
  answerOpenJarvisPreflight,
  forOpenJarvisOrigin,
  type OpenJarvisRelease,
  openjarvisWireOf,
} from "./openjarvis-wire.js";
import {
  type ResponseData,
  type AuthRequest,
  type WireForms,
  withHeaders,
} from "../contract/wire.js";
import { html, json, type Site, type SiteBase, type SiteMaker, text } from "../contract/site.js";

/** Makes a reference OpenJarvis. */
export const makeOpenJarvisSite: SiteMaker = ({ release: name, backendDown, baseOf }) => {
  const release = name === "1.0.2" || name === "1.0.3" ? name : "current";
  const wire = openjarvisWireOf(release);
  return createOpenJarvisSite(baseOf(wire), { release, backendDown, wire });
};

interface OpenJarvisOptions {
  readonly release: OpenJarvisRelease;
  /** `/health` answers 503, as it does while no model can be reached. */
  readonly backendDown: boolean;
  readonly wire: WireForms;
}

const sockets = new Set(["/v1/chat/stream", "/v1/agents/events"]);
const protocolRefused: ResponseData = { status: 403, headers: {}, body: "" };

/** OpenJarvis's contract, without a model: nothing can be chatted with. */
function createOpenJarvisSite(base: SiteBase, options: OpenJarvisOptions): Site {
  const { release, wire } = options;

  const health = options.backendDown
    ? json(503, { detail: "Engine unhealthy" })
    : json(200, { status: "ok" });
  const pages = new Map<string, Page>([...fixedPages, ["/health", get(health)]]);

  function route({ method = "", url = "" }: AuthRequest): ResponseData {
    const page = pages.get(decodePath(url));
    if (page === undefined) return json(404, { detail: "Not Found" });
    if (page.methods.includes(method)) return page.answer;
    return withHeaders(json(405, { detail: "Method Not Allowed" }), {
      Allow: page.methods.join(", "),
    });
  }

  function answer(request: AuthRequest): ResponseData {
    const refusal = wire.answerPreflight(request) ?? base.refuse(request);
    // Releases up to 1.0.3 asked for the key before they looked at the origin.
    if (refusal !== null && release !== "current") return refusal;
    const preflight = answerOpenJarvisPreflight(request);
    return preflight ?? forOpenJarvisOrigin(request, refusal ?? route(request));
  }

  return {
    answer,
    upgrade(request) {
      const known = sockets.has(decodePath(request.url ?? ""));
      if (!known || base.refuse(request) !== null) return protocolRefused;
      return { protocol: wire.selectProtocol(request), open() {} };
    },
  };
}

interface Page {
  readonly methods: readonly string[];
  readonly answer: ResponseData;
}

function get(answer: ResponseData): Page {
  return { methods: ["GET"], answer };
}

function document(answer: ResponseData): Page {
  return { methods: ["GET", "HEAD"], answer };
}

/** Webhooks want the signature of their channel, which nobody has here. */
function webhook(...methods: string[]): Page {
  return { methods, answer: text(403, "Invalid signature") };
}

const fixedPages: readonly (readonly [path: string, page: Page])[] = [
  ["/v1/info", get(json(200, { model: "reference", agent: null, engine: "reference" }))],
  ["/metrics", get(text(200, "# no metrics are kept\n"))],
  ["/docs", document(html("OpenJarvis API - Swagger UI"))],
  ["/redoc", document(html("OpenJarvis API - ReDoc"))],
  [
    "/openapi.json",
    document(
      json(200, {
        openapi: "3.1.0",
        info: { title: "OpenJarvis API", version: "0.1.0" },
        paths: {},
      }),
    ),
  ],
  ["/dashboard", get(html("OpenJarvis"))],
  ["/comparison", get(html("OpenJarvis"))],
  ["/webhooks/twilio", webhook("POST")],
  ["/webhooks/bluebubbles", webhook("POST")],
  ["/webhooks/sendblue", webhook("POST")],
  ["/webhooks/whatsapp", webhook("GET", "POST")],
];

/** The path as OpenJarvis's server hands it on: decoded, nothing resolved. */
function decodePath(url: string): string {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
