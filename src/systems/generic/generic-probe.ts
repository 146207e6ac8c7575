import { KeywardError } from "../../core/errors.js";
import type { ProbeResponse, ResponseOutcome, ProbePlan } from "../contract/probe-plan.js";
import {
  bearer,
  checkTransport,
  get,
  isWebPage,
  parseJson,
  unclear,
} from "../contract/probe-judge.js";

/** A value of the answer that shows acceptance. */
export interface JsonCondition {
  /** Names from the outside in: `data.valid` is `["data", "valid"]`. */
  readonly names: readonly string[];
  readonly value: unknown;
}

/** How a server of unknown family is asked whether a key is good. */
export interface GenericOptions {
  /** The validate endpoint: `/validate`. A query that it has is kept. */
  readonly path: string;
  /** `bearer` in the Authorization header, `query` as `?token=`. */
  readonly transport: "bearer" | "query";
  /** What accepts, where `ok`, `valid` and `authenticated` do not tell. */
  readonly acceptJson?: JsonCondition | undefined;
}

/**
 * Reads a condition as it is typed: `valid=true`, `data.state=active`. The value is taken as JSON
 * when it is some, else as text.
 *
 * @throws KeywardError `usage` when there is no name or no `=`
 */
export function parseJsonCondition(text: string): JsonCondition {
  const at = text.indexOf("=");
  const names = text.slice(0, Math.max(at, 0)).split(".");
  if (names.includes("")) {
    throw new KeywardError("usage", `not a condition on an answer: ${text}`, {
      hint: "write a name and the value that accepts, for example valid=true",
    });
  }
  return { names, value: parseValue(text.slice(at + 1)) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * What a server with a validate endpoint is asked.
 *
 * @throws KeywardError `usage` when the path is none
 * @example
 * genericProbe({ path: "/validate", transport: "bearer" });
 */
export function genericProbe(options: GenericOptions): ProbePlan {
  const { path, transport, acceptJson } = options;
  // Printable ASCII alone: anything else would have to be encoded, and only the caller knows how.
  if (!/^\/[!-~]*$/.test(path) || path.startsWith("//") || path.includes("#")) {
    throw new KeywardError("usage", "the path of the validate endpoint is not one", {
      hint: "it starts with one slash and holds no blank and no #, for example --path /validate",
    });
  }
  const judge = (answer: ProbeResponse) => judgeValidation(answer, acceptJson);
  const separator = path.includes("?") ? "&" : "?";
  const checks = checkTransport({
    id: transport === "bearer" ? "header" : "query",
    transport: transport === "bearer" ? "header" : "query",
    route: path,
    counts: "always",
    present(key) {
      if (key === null) return get(path);
      return transport === "bearer"
        ? get(path, [bearer(key)])
        : get(`${path}${separator}token=${encodeURIComponent(key)}`);
    },
    judge,
  });
  return {
    identify: [
      {
        question: get(path),
        judge(answer) {
          const { observed, saysOff = false } = judge(answer);
          return { fits: observed !== "unclear", version: null, saysOff };
        },
      },
    ],
    checks: () => checks,
    bearsMarks: () => false,
    guess: transport === "bearer" ? "Authorization: Bearer KEY" : "?token=KEY in the URL",
  };
}

function judgeValidation(
  answer: ProbeResponse,
  acceptJson: JsonCondition | undefined,
): ResponseOutcome {
  const { status, json } = answer;
  if (status === 401 || status === 403) {
    return { observed: "refuse", detail: String(status), fits: true };
  }
  if (status < 200 || status > 299 || isWebPage(answer)) return unclear(answer);
  if (json?.["token_required"] === false) {
    return {
      observed: "accept",
      detail: `${status}, no key is required`,
      fits: true,
      saysOff: true,
    };
  }
  if (acceptJson !== undefined) {
    if (isMet(acceptJson, json)) {
      return { observed: "accept", detail: `${status}, the condition is met`, fits: true };
    }
    if (status !== 200) return unclear(answer);
    return { observed: "refuse", detail: "200, the condition is not met", fits: true };
  }
  // Who has refused nothing and garbage by its status needs no words to accept.
  if (answer.body === "" && !answer.truncated) {
    return { observed: "accept", detail: `${status}, without a body`, fits: true };
  }
  const value = parseJson(answer.body);
  if (value === undefined || answer.truncated) return unclear(answer);
  const denial =
    value === false
      ? "the answer"
      : ["ok", "valid", "authenticated"].find((name) => json?.[name] === false);
  return denial === undefined
    ? { observed: "accept", detail: `${status}, JSON that denies nothing`, fits: true }
    : { observed: "refuse", detail: `${status}, ${denial} is false`, fits: true };
}

function isMet(condition: JsonCondition, json: ProbeResponse["json"]): boolean {
  const found = condition.names.reduce<unknown>(
    (value, name) =>
      isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined,
    json,
  );
  return JSON.stringify(found) === JSON.stringify(condition.value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
