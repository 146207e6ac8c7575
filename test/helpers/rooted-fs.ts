import * as fs from "node:fs";
import * as path from "node:path";

import type { FileSystem } from "../../src/core/machine.js";
import { temporaryFolder, testMachine, type TestMachine } from "./machine.js";

/** Folders of the machine that a test may have for itself. */
const machineFolders = /^\/(?:etc|lib|opt|root|run|srv|usr)(?:\/|$)/;

/** What a test puts somewhere: the text of a file, its bytes, or where a symbolic link leads. */
export type Content = string | Buffer | { readonly link: string };

/** A machine with its own `/etc`, `/run`, `/usr` and the like, empty at first. */
export interface RootedMachine extends TestMachine {
  /** Puts a file or link at a path of this machine, folders included; a file is 0600. */
  put(file: string, content: Content): void;
  /** The text of a file of this machine. */
  read(file: string): string;
}

/**
 * A test machine whose file system has the machine's folders below a temporary one. The files are
 * real; only their paths are told differently, and the links in them where {@link RootedMachine.put}
 * made them.
 */
export function rootedMachine(overrides: Partial<TestMachine> = {}): RootedMachine {
  const root = temporaryFolder();
  const toReal = (file: string) => (machineFolders.test(file) ? path.join(root, file) : file);
  return {
    ...testMachine({ fs: rootedFs(root, toReal), ...overrides }),
    put(file, content) {
      const real = toReal(file);
      fs.mkdirSync(path.dirname(real), { recursive: true });
      if (typeof content === "string" || Buffer.isBuffer(content)) {
        fs.writeFileSync(real, content, { mode: 0o600 });
      } else {
        fs.symlinkSync(toReal(content.link), real);
      }
    },
    read: (file) => fs.readFileSync(toReal(file), "utf8"),
  };
}

function rootedFs(root: string, toReal: (file: string) => string): FileSystem {
  const toShown = (file: unknown) =>
    typeof file === "string" && file.startsWith(`${root}/`) ? file.slice(root.length) : file;
  return new Proxy(fs, {
    get(target, name, receiver) {
      const real: unknown = Reflect.get(target, name, receiver);
      if (typeof real !== "function") return real;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(
          real,
          target,
          args.map((arg) => (typeof arg === "string" ? toReal(arg) : arg)),
        );
        return name === "realpathSync" || name === "readlinkSync" ? toShown(result) : result;
      };
    },
  });
}
