import * as fs from "node:fs";

import type { FileSystem } from "../../src/core/machine.js";

/** A failed system call as node reports it. */
export function systemError(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall });
}

/**
 * The real file system, with something done before each call; what that throws is what the caller
 * gets, and the call is not made.
 *
 * @param before gets the number of the call, from 1, and its name
 */
export function watchedFs(before: (call: number, name: string) => void): FileSystem {
  let calls = 0;
  return new Proxy(fs, {
    get(target, name, receiver) {
      const real: unknown = Reflect.get(target, name, receiver);
      if (typeof real !== "function" || typeof name !== "string") return real;
      return (...args: unknown[]): unknown => {
        before(++calls, name);
        // It would change nothing that a test without a power cut can see, and takes most of the time.
        if (name === "fsyncSync") return undefined;
        return Reflect.apply(real, target, args);
      };
    },
  });
}

/** A file system whose call number `failing` fails; with `onward`, and every one after it. */
export function failingFs(
  failing: number,
  code: string,
  options: { onward?: boolean } = {},
): { fs: FileSystem; failed: string[] } {
  const failed: string[] = [];
  const watched = watchedFs((call, name) => {
    if (call < failing || (call > failing && !options.onward)) return;
    failed.push(name);
    throw systemError(code, name.replace(/Sync$/u, ""));
  });
  return { fs: watched, failed };
}

/** A file system in which some calls always fail: `{ renameSync: "EBUSY" }`. */
export function refusingFs(
  refused: Partial<Record<keyof FileSystem, string>>,
  inner: FileSystem = fs,
): FileSystem {
  return new Proxy(inner, {
    get(target, name, receiver) {
      const code = typeof name === "string" ? refused[name as keyof FileSystem] : undefined;
      if (code === undefined) return Reflect.get(target, name, receiver);
      return () => {
        throw systemError(code, String(name).replace(/Sync$/u, ""));
      };
    },
  });
}

/** A file system that writes in its own way. */
export function writingFs(
  write: (fd: number, bytes: Buffer, from: number, count: number, to: number) => number,
): FileSystem {
  return new Proxy<FileSystem>(fs, {
    get: (target, name, receiver) =>
      name === "writeSync" ? write : (Reflect.get(target, name, receiver) as unknown),
  });
}

/** A file system in which one file is a mount point, and so cannot be renamed over. */
export function mountedFs(
  isMounted: (path: string) => boolean,
  code = "EBUSY",
  inner: FileSystem = fs,
): FileSystem {
  return new Proxy(inner, {
    get(target, name, receiver) {
      if (name !== "renameSync") return Reflect.get(target, name, receiver) as unknown;
      return (from: string, to: string): void => {
        if (isMounted(to)) throw systemError(code, "rename");
        target.renameSync(from, to);
      };
    },
  });
}
