import type {
  Answer,
  Check,
  Doubt,
  Header,
  Judgement,
  KeyCheck,
  KeylessCheck,
  Question,
} from "./probe-plan.js";

/** A GET that says it takes anything, as every client that people use does. */
export function get(path: string, headers: readonly Header[] = []): Question {
  return { method: "GET", path, headers: [["Accept", "*/*"], ...headers] };
}

/** The header that carries a key, with the one blank that all servers take. */
export function bearer(key: string): Header {
  return ["Authorization", `Bearer ${key}`];
}

/** Whether the answer is a web page, by its type or by how it begins. */
export function isWebPage(answer: Answer): boolean {
  const type = answer.headers["content-type"] ?? "";
  return (
    /^(?:text\/html|application\/xhtml)/i.test(type) ||
    /^\s*<(?:!doctype html|html)/i.test(answer.body)
  );
}

/** An answer that neither lets in nor refuses, and why. */
export function unclear(answer: Answer): Judgement {
  const doubt = findDoubt(answer);
  return { observed: "unclear", doubt, detail: describeAnswer(answer), fits: false };
}

/** What was answered, in our own words. */
export function describeAnswer(answer: Answer): string {
  return `${answer.status}, ${describeDoubt(findDoubt(answer), answer)}`;
}

function describeDoubt(doubt: Doubt, { status, json }: Answer): string {
  if (doubt === "busy") return status === 429 ? "too many requests" : "a failure of the server";
  if (doubt === "odd") return json === null ? "not JSON" : "JSON of another form";
  return { redirect: "a redirect", "web-page": "a web page", absent: "no such route" }[doubt];
}

/** What an answer that is not in the system's words may mean. */
export function findDoubt(answer: Answer): Doubt {
  const { status } = answer;
  if (status >= 300 && status < 400) return "redirect";
  if (status === 429 || status >= 500) return "busy";
  if (isWebPage(answer)) return "web-page";
  return status === 404 || status === 405 || status === 426 ? "absent" : "odd";
}

type Transported = Pick<Check, "transport" | "route" | "counts" | "judge"> & {
  readonly id: string;
  /** Writes the request; null for one without a credential. */
  readonly present: (credential: string | null) => Question;
  readonly logged?: boolean;
  /** Whether the key is expected to be accepted here; without it, it is. */
  readonly takesKey?: boolean;
};

/** The three checks of every transport: nothing, garbage and the key. */
export function checkTransport(options: Transported): Check[] {
  const { id, present, logged = false, takesKey = true, ...base } = options;
  const none: KeylessCheck = {
    ...base,
    id: `${id}-none`,
    credential: "none",
    expected: "refuse",
    ask: () => present(null),
  };
  const garbage: KeylessCheck = {
    ...base,
    id: `${id}-garbage`,
    credential: "garbage",
    expected: "refuse",
    ask: (made) => present(made),
  };
  const key: KeyCheck = {
    ...base,
    id: `${id}-key`,
    credential: "key",
    expected: takesKey ? "accept" : "refuse",
    logged,
    ask: (real) => present(real),
  };
  return [none, garbage, key];
}
