import type { Hint } from "../../core/hint.js";

/** What the clients of a server need after its key was replaced. */
export interface ClientAdvice {
  /** Where its own client takes the new key. */
  readonly enter: Hint;
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
  readonly enter: Hint;
  /** What is asked, below the server's address. */
  readonly path: string;
  /** How the key travels: in a header, which stays out of logs, or in the query. */
  readonly form:
    | { readonly in: "header"; readonly name: string; readonly prefix: string }
    | { readonly in: "query"; readonly name: string };
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
  const { enter, path, form, variable: own = variable } = facts;
  const address = url + path;
  const { name } = form;
  if (form.in === "header") {
    const { prefix } = form;
    return {
      enter,
      snippets: {
        curl: `curl -H "${name}: ${prefix}$${own}" ${address}`,
        javascript: `await fetch("${address}", { headers: { ${spellName(name)}: \`${prefix}\${process.env.${own}}\` } })`,
        python: `urllib.request.urlopen(urllib.request.Request("${address}", headers={"${name}": "${prefix}" + os.environ["${own}"]}))`,
      },
    };
  }
  return {
    enter,
    snippets: {
      curl: `curl -G --data-urlencode "${name}=$${own}" ${address}`,
      javascript: `await fetch("${address}?" + new URLSearchParams({ ${spellName(name)}: process.env.${own} }))`,
      python: `urllib.request.urlopen("${address}?" + urllib.parse.urlencode({"${name}": os.environ["${own}"]}))`,
    },
  };
}

/** A name as a property of JavaScript's. */
function spellName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `"${name}"`;
}
