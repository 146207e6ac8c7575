import * as nodePath from "node:path";

import type { Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";

/** Where programs that call a server keep its key, below the home folder. */
const clientFiles = [
  ".netrc",
  "_netrc",
  ".curlrc",
  ".wgetrc",
  ".claude.json",
  ".claude/settings.json",
  ".config/Claude/claude_desktop_config.json",
  "Library/Application Support/Claude/claude_desktop_config.json",
  ".cursor/mcp.json",
  ".codex/config.toml",
  ".gemini/settings.json",
  ".config/opencode/opencode.json",
  ".config/opencode/opencode.jsonc",
  ".continue/config.json",
  ".continue/config.yaml",
  ".config/Code/User/settings.json",
  ".config/Code/User/mcp.json",
  ".config/zed/settings.json",
  ".openclaw/openclaw.json",
  ".aider.conf.yml",
];

/** The same in the folder that somebody works in. */
const projectFiles = [".env", ".env.local", ".envrc", ".mcp.json", ".vscode/mcp.json"];

/** Where people export variables for every shell. */
const profiles = [
  ".profile",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".config/fish/config.fish",
  ".config/fish/fish_variables",
  ".pam_environment",
];

/** More files than these beside the key's own are not looked at. */
const mostBeside = 100;

/**
 * The files that may have a copy of a key which is in use: its own file, the copies that editors and
 * people leave beside it, what clients read and what shells export.
 *
 * @param location the file with the key
 */
export function listCopies(location: string, machine: Machine): readonly string[] {
  const home = homeFolder(machine);
  return [
    location,
    ...listBeside(location, machine),
    ...[...clientFiles, ...profiles].map((name) => nodePath.join(home, name)),
    ...projectFiles.map((name) => nodePath.join(machine.cwd, name)),
  ];
}

/** `.env.bak`, `.env~`, `.env.old`, `.oj.env.swp`, `#.env#`: files that have its name in theirs. */
function listBeside(location: string, { fs }: Machine): readonly string[] {
  const { dir, base } = nodePath.parse(location);
  const stem = base.replace(/^\./, "");
  try {
    return fs
      .readdirSync(dir)
      .filter((name) => name !== base && name.includes(stem) && !name.includes(".keyward"))
      .map((name) => nodePath.join(dir, name))
      .filter((path) => fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .slice(0, mostBeside);
  } catch {
    return [];
  }
}
