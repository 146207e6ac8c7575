import { findWinner } from "../../formats/env/dialects/dialect.js";
import { dialectTable } from "../../formats/env/dialects/index.js";

/** What a person sees in an env file: as dotenv reads it, which knows most of the ways to write one. */
export function readPlainly(bytes: Buffer, variable: string): string | null {
  const [reader] = dialectTable.dotenv;
  return findWinner(reader, reader.scan(bytes, variable), variable, {})?.value ?? null;
}
