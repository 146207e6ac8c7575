import * as fs from "node:fs";
import * as path from "node:path";

import { linkBins } from "./installation.js";
import { temporaryFolder } from "./machine.js";

/** Where shells complete: a home with a file called `my key`, a server called `lab`, and the programs. */
export function prepareCompletionHome(): { readonly home: string; readonly bin: string } {
  const home = temporaryFolder();
  fs.writeFileSync(path.join(home, "my key"), "");
  const settings = path.join(home, ".config/keyward");
  fs.mkdirSync(settings, { recursive: true });
  const servers = { lab: { system: "jean2" } };
  fs.writeFileSync(path.join(settings, "config.json"), JSON.stringify({ version: 1, servers }));
  return { home, bin: linkBins(path.join(home, ".bin")) };
}
