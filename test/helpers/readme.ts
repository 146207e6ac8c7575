import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/** A command as the README shows it, with what it prints there. */
export interface ShownCommand {
  readonly line: string;
  /** What the README says that it prints; empty where it shows nothing. */
  readonly output: string;
  readonly status: number;
}

/** The fenced blocks of the README in one language, in their order. */
export function readBlocks(language: string): string[] {
  const text = readFileSync("README.md", "utf8");
  const fence = new RegExp("^```" + language + "\\n([\\s\\S]*?)^```$", "gm");
  return [...text.matchAll(fence)].map(([, block = ""]) => block);
}

/** Reads a `console` block: `$ ` begins a command, `[exit status N]` ends one that fails. */
export function readCommands(block: string): ShownCommand[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = "", ...rest] = part.split("\n");
      const status = /^\[exit status (\d+)\]$/.exec(rest.at(-2) ?? "")?.[1];
      const output = rest.slice(0, status === undefined ? -1 : -2).join("\n");
      return { line, output, status: Number(status ?? 0) };
    });
}

/** Takes out what is different each time: keys, fingerprints, ports, times, people, and a container's advice. */
export function normalise(text: string, home: string): string {
  return (
    text
      .replaceAll(home, "~")
      .replaceAll(/sha256:[0-9a-f]{12}/g, "sha256:FINGERPRINT")
      .replaceAll(/(?<![\w-])(oj_sk_)?[\w-]{43}(?![\w-])/g, "$1KEY")
      .replaceAll(/[\w-]{4}…[\w-]{4}/g, "MASKED")
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
      .replaceAll(/--port \d{2,}/g, "--port PORT")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replaceAll(/\(\d+ checks/g, "(N checks")
      .replaceAll(/ [\w.-]+@[\w.-]+$/gm, " USER@HOST")
      .replaceAll(/(expires in|issued) \d+ \w+/g, "$1 A-WHILE")
      .replaceAll(/; that is usual in a container: .* 127\.0\.0\.1:\S+/g, "")
      .replaceAll(new RegExp(`  ${userInfo().username}$`, "gm"), "  me")
      // Columns are as wide as the home folder's path makes them.
      .replaceAll(/ {2,}/g, "  ")
      .trim()
  );
}
