import type { SystemId } from "./contract/system.js";

/** What the clients of a server need after its key was replaced. */
export interface ClientAdvice {
  /** Where its own client takes the new key. */
  readonly enter: string;
  /** A program's own way; each reads the key from the environment. */
  readonly snippets: {
    readonly curl: string;
    readonly javascript: string;
    readonly python: string;
  };
}

interface ClientFacts {
  readonly enter: string;
  /** What is asked, below the server's address. */
  readonly path: string;
  /** How the key travels: the header, which stays out of logs, or the query, where nothing else is sure. */
  readonly by: "header" | "query";
  /** The variable that programs read; the key's own unless they present something made of it. */
  readonly variable?: string;
}

const facts: Readonly<Record<SystemId, ClientFacts>> = {
  jean2: {
    enter: "in Jean2's client: the server's entry, its authentication token",
    path: "/api/auth/verify",
    by: "header",
  },
  openjarvis: {
    enter: "in OpenJarvis's page: Settings, API key; for jarvis itself: OPENJARVIS_API_KEY",
    path: "/v1/info",
    by: "header",
  },
  jean: {
    enter: "in Jean's page: enter it when asked, or open the page once with ?token= and the key",
    path: "/api/auth",
    // Older servers pass the header over.
    by: "query",
  },
  haip: {
    enter: "every HAIP client needs a new JWT, signed with the new secret: keyward token issue",
    path: "/haip/sse",
    by: "query",
    variable: "HAIP_TOKEN",
  },
  generic: { enter: "in every client of the server", path: "/", by: "header" },
};

/**
 * What clients of a server need to be told of its new key.
 *
 * @param url the server's address, without a slash at the end
 * @param variable the variable that the key is known by
 */
export function adviseClients(system: SystemId, url: string, variable: string): ClientAdvice {
  const { enter, path, by, variable: own = variable } = facts[system];
  const address = url + path;
  if (by === "header") {
    return {
      enter,
      snippets: {
        curl: `curl -H "Authorization: Bearer $${own}" ${address}`,
        javascript: `await fetch("${address}", { headers: { Authorization: \`Bearer \${process.env.${own}}\` } })`,
        python: `urllib.request.urlopen(urllib.request.Request("${address}", headers={"Authorization": "Bearer " + os.environ["${own}"]}))`,
      },
    };
  }
  return {
    enter,
    snippets: {
      curl: `curl -G --data-urlencode "token=$${own}" ${address}`,
      javascript: `await fetch("${address}?" + new URLSearchParams({ token: process.env.${own} }))`,
      python: `urllib.request.urlopen("${address}?" + urllib.parse.urlencode({"token": os.environ["${own}"]}))`,
    },
  };
}
