import { KeywardError } from "../errors.js";
import type { Context } from "./context.js";

/**
 * Asks a person to choose one of several. The question goes to standard error, so that it does not
 * mix with the answer of the command.
 *
 * @throws KeywardError `cancelled` on Ctrl-C
 */
export async function selectOne<Value extends string>(
  context: Context,
  message: string,
  choices: readonly { readonly name: string; readonly value: Value }[],
): Promise<Value> {
  const { createPromptModule } = (await import("inquirer")).default;
  const prompt = createPromptModule(context.terminal);
  try {
    const { answer } = await prompt([{ type: "select", name: "answer", message, choices }]);
    return answer;
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") {
      throw new KeywardError("cancelled", "cancelled", { cause: error });
    }
    throw error;
  }
}
