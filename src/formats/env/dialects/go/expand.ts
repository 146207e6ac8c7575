/**
 * Go's `os.Expand`: `$NAME`, `${ANYTHING}`, and `$` before a digit or one of `*#$@!?-`, which is a
 * name of one character. Braces that are empty or not closed vanish with their `$`.
 */
export function expandAsGo(text: string, lookUp: (name: string) => string): string {
  return text.replace(
    /\$(?:\{([*#$@!?0-9-])\}|\{([^}]*)\}|(\{)|([*#$@!?0-9-])|(\w+))/g,
    (_, special?: string, braced?: string, open?: string, one?: string, name?: string) => {
      if (open !== undefined || braced === "") return "";
      return lookUp(special ?? braced ?? one ?? name ?? "");
    },
  );
}
