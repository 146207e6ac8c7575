import type { Context } from "./context.js";

/** Lets Ctrl-C wait until the work is done: what is being written is whole by then. */
export async function holdInterrupt<T>(
  { process: control }: Pick<Context, "process">,
  work: () => Promise<T>,
): Promise<T> {
  const wait = () => {};
  control.on("SIGINT", wait);
  try {
    return await work();
  } finally {
    control.off("SIGINT", wait);
  }
}
