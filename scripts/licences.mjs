// The licences of the packages that are bundled into the command line: they ask to be handed on.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @param moduleIds the files that went into the bundle */
export function collectLicences(moduleIds) {
  const packages = new Map();
  for (const id of moduleIds) {
    const folder = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (folder !== undefined) packages.set(folder, readLicence(folder));
  }
  return [...packages.values()]
    .toSorted((a, b) => a.localeCompare(b, "en"))
    .join(`\n${"-".repeat(72)}\n\n`);
}

function readLicence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) return `${name} ${version}\n\nLicence: ${license}\n`;
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
