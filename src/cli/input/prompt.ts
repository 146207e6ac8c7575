import { KeywardError } from "../../core/errors.js";
import type { Context } from "../context.js";

/**
 * Asks a person to choose one of several. The question goes to standard error, so that it does not
 * mix with the answer of the command.
 *
 * @throws KeywardError `cancelled` on Ctrl-C
 */
export function selectOne<Value extends string>(
  context: Context,
  message: string,
  choices: readonly { readonly name: string; readonly value: Value }[],
): Promise<Value> {
  return ask(async () => {
    const prompt = await loadPrompt(context);
    const { answer } = await prompt([{ type: "select", name: "answer", message, choices }]);
    return answer;
  });
}

/**
 * Asks a person for a secret, which is not shown while it is typed.
 *
 * @throws KeywardError `cancelled` on Ctrl-C
 */
export function askSecret(context: Context, message: string): Promise<string> {
  return ask(async () => {
    const prompt = await loadPrompt(context);
    const { answer } = await prompt<{ answer: string }>([
      { type: "password", name: "answer", message },
    ]);
    return answer;
  });
}

/**
 * Asks a person for a yes.
 *
 * @throws KeywardError `cancelled` on Ctrl-C
 */
export function confirm(context: Context, message: string): Promise<boolean> {
  return ask(async () => {
    const prompt = await loadPrompt(context);
    const { answer } = await prompt<{ answer: boolean }>([
      { type: "confirm", name: "answer", message, default: false },
    ]);
    return answer;
  });
}

async function loadPrompt(context: Context) {
  const { createPromptModule } = (await import("inquirer")).default;
  return createPromptModule(context.terminal);
}

async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") {
      throw new KeywardError("cancelled", "cancelled", { cause: error });
    }
    throw error;
  }
}
