// Writes api/*.api.md: the surface of every entry of the library, as its types have it. With --check
// nothing is written, and a surface that is not the committed one, or an exported signature with a type
// that is not exported, is a failure. Usage: npm run api [-- --check]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Extractor, ExtractorConfig, ExtractorMessageCategory } from "@microsoft/api-extractor";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
const { exports: entries, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const temporary = mkdtempSync(join(tmpdir(), "keyward-api-"));

/** Doc comments are ours to judge; types that nobody can name are not. */
const logged = { logLevel: "none" };
const messages = {
  compilerMessageReporting: { default: logged },
  extractorMessageReporting: {
    default: logged,
    "ae-forgotten-export": { logLevel: "error", addToApiReportFile: false },
  },
  tsdocMessageReporting: { default: logged },
};

let failed = false;
for (const [entry, { types }] of Object.entries(entries)) {
  if (types === undefined) continue;

  const file = entry === "." ? name : entry.slice(2);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, "tsconfig.json") },
      apiReport: {
        enabled: true,
        reportFileName: `${file}.api.md`,
        reportFolder: join(root, "api"),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages,
    },
    configObjectFullPath: join(root, "api-extractor.json"),
    packageJsonFullPath: join(root, "package.json"),
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback(message) {
      if (
        message.messageId === "console-preamble" ||
        message.category === ExtractorMessageCategory.Console
      )
        message.handled = true;
    },
  });
  if (check && apiReportChanged)
    console.error(
      `api/${file}.api.md is not what the build has: run npm run api, and look at the difference`,
    );
  failed ||= !succeeded || (check && apiReportChanged);
}
rmSync(temporary, { recursive: true });
process.exitCode = failed ? 1 : 0;
