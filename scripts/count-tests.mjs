// Adds up vitest's JSON reports and prints the closing line of CI.
// Usage: node scripts/count-tests.mjs STATUS FOLDER
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [status, folder] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
  const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that could not be loaded, or left something behind, is a failure without a failed test.
  failed += report.testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
}
// A step that failed before its tests ran (a type error, a missing package) or after them (something
// was left behind by the whole run) counts as one.
if (status !== "0" && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
