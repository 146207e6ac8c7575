import { aboutServer, type HintCommand } from "../core/hint.js";
import { isReference } from "./strength.js";

/**
 * The command that gives a server a good key in the place of what it has: `--write` makes a first key
 * and refuses a second; a bad one is replaced by rotating.
 *
 * @param key what stands where the server reads its key; null for nothing
 */
export function adviseCommand(key: string | null): HintCommand {
  if (key === null) return aboutServer("auth generate-key --write");
  return aboutServer(isReference(key) ? "token rotate --replace-reference" : "token rotate");
}
