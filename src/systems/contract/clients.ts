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

/** What is known of the clients of a system. */
export interface ClientFacts {
  /** Where its own client takes the new key. */
  readonly enter: string;
  /** What is asked, below the server's address. */
  readonly path: string;
  /** How the key travels: the header, which stays out of logs, or the query, where nothing else is sure. */
  readonly by: "header" | "query";
  /** The variable that programs read; the key's own unless they present something made of it. */
  readonly variable?: string;
}

/**
 * What clients of a server need to be told of its new key.
 *
 * @param facts the system's own, `System.clients`
 * @param url the server's address, without a slash at the end
 * @param variable the variable that the key is known by
 */
export function adviseClients(facts: ClientFacts, url: string, variable: string): ClientAdvice {
  const { enter, path, by, variable: own = variable } = facts;
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
