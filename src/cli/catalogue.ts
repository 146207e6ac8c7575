import type { CommandModule } from "./command.js";

/** A command as the tree knows it before it is loaded. */
export interface CommandEntry {
  readonly group?: "auth" | "token" | "server";
  readonly command: string;
  readonly summary: string;
  /** Under which name alone; absent for all. HAIP has no program, so its commands are keyward's. */
  readonly only?: "keyward";
  /** Each command is a chunk of its own: what is not called is not loaded. */
  load(): Promise<CommandModule>;
}

/** Words that only lead to others. */
export const groups = {
  auth: "create, check and probe the key",
  token: "replace and show the key",
  server: "give servers names, for --server",
} as const;

/** Every command, in the order of the help. */
export const catalogue: readonly CommandEntry[] = [
  {
    group: "auth",
    command: "status",
    summary: "where the key is, what shadows it and how good it is",
    load: () => import("./commands/auth/status.js"),
  },
  {
    group: "auth",
    command: "generate-key",
    summary: "print a new key, or store it where the server reads it",
    load: () => import("./commands/auth/generate-key.js"),
  },
  {
    group: "auth",
    command: "create-key",
    summary: "store a first key where the server reads it",
    load: () => import("./commands/auth/create-key.js"),
  },
  {
    group: "auth",
    command: "revoke-key",
    summary: "remove the key from where the server reads it",
    load: () => import("./commands/auth/revoke-key.js"),
  },
  {
    group: "auth",
    command: "check",
    summary: "tell whether a host is safe to listen on",
    load: () => import("./commands/auth/check.js"),
  },
  {
    group: "auth",
    command: "probe",
    summary: "ask the running server whether it enforces its key",
    load: () => import("./commands/auth/probe.js"),
  },
  {
    group: "token",
    command: "rotate",
    summary: "replace the key with a new one",
    load: () => import("./commands/token/rotate.js"),
  },
  {
    group: "token",
    command: "set",
    summary: "replace the key with one that you bring",
    load: () => import("./commands/token/set.js"),
  },
  {
    group: "token",
    command: "show",
    summary: "show the key, masked",
    load: () => import("./commands/token/show.js"),
  },
  {
    group: "token",
    command: "history",
    summary: "every recorded change of a key",
    load: () => import("./commands/token/history.js"),
  },
  {
    group: "token",
    command: "issue",
    summary: "sign a JWT for a HAIP server",
    only: "keyward",
    load: () => import("./commands/token/issue.js"),
  },
  {
    group: "token",
    command: "verify",
    summary: "tell whether a JWT of a HAIP server is valid",
    only: "keyward",
    load: () => import("./commands/token/verify.js"),
  },
  {
    group: "token",
    command: "inspect",
    summary: "show what is in a JWT, unverified",
    only: "keyward",
    load: () => import("./commands/token/inspect.js"),
  },
  {
    group: "server",
    command: "add",
    summary: "give a server a name",
    load: () => import("./commands/server/add.js"),
  },
  {
    group: "server",
    command: "list",
    summary: "show the named servers",
    load: () => import("./commands/server/list.js"),
  },
  {
    group: "server",
    command: "remove",
    summary: "forget a named server",
    load: () => import("./commands/server/remove.js"),
  },
  {
    command: "doctor",
    summary: "run every check, and fix what can be fixed",
    load: () => import("./commands/doctor/doctor.js"),
  },
  {
    command: "run",
    summary: "start a server with its key, unless that would let anybody in",
    load: () => import("./commands/run.js"),
  },
  {
    command: "serve",
    summary: "run the reference server of a system",
    load: () => import("./commands/serve.js"),
  },
  {
    command: "completion",
    summary: "print the completion script of a shell",
    load: () => import("./commands/completion.js"),
  },
];
