import { KeywardError } from "../errors.js";
import type { CommonOptions } from "./command.js";

/**
 * `--server` says which server a command is about; to the commands that name servers it says nothing.
 *
 * @throws KeywardError `usage`
 */
export function refuseServerOption({ server }: CommonOptions): void {
  if (server === undefined) return;
  throw new KeywardError("usage", "--server has no meaning for the commands of keyward server", {
    hint: "the name is an argument: see keyward server --help",
  });
}
