import { malformedLine, parseDocument } from "./toml-document.js";
import type { TomlReading } from "./toml.js";

/**
 * Reads a value by its name from whichever table of the root has it first, as OpenJarvis does with
 * what its tools keep.
 *
 * @throws KeywardError `malformed` when the file is not TOML, or the value is not a string
 */
export function readAnyTable(bytes: Buffer, name: string): TomlReading {
  const { pairs } = parseDocument(bytes);
  const pair = pairs.find(({ path }) => path.length === 2 && path[1] === name);
  if (pair === undefined) return { value: null, line: null };
  const { value, loc } = pair.node;
  const { line } = loc.start;
  if (value.type === "TOMLValue" && value.kind === "string") return { value: value.value, line };
  throw malformedLine(line, `${name} is not of type string`);
}
