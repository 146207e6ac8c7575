// Holds the house to its map in CONTRIBUTING.md: a room imports only what stands below it there, no
// file is in an import circle (imports of types included), no room grows past its size, and no two
// files export different things of one name.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const mostFiles = 16;

const files = readdirSync(join(root, "src"), { recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.replaceAll("\\", "/"))
  .sort((one, other) => one.localeCompare(other));
const imports = new Map(files.map((file) => [file, listImports(file)]));

/** Static and dynamic imports, re-exports and types: every relative path that a file names. */
function listImports(file) {
  const text = readFileSync(join(root, "src", file), "utf8");
  const named = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)];
  return [...new Set(named.map(([, path]) => `${join(dirname(file), path)}.ts`))];
}

/** The rooms, the top one first, as the table of CONTRIBUTING.md lists them. */
function listRooms() {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  return [...text.matchAll(/^\| `src\/([a-z-]+)\/`/gm)].map(([, room]) => room);
}

function findMisplaced(rooms) {
  const roomOf = (file) => file.split("/")[0];
  const heightOf = (file) => (file.includes("/") ? rooms.indexOf(roomOf(file)) : -1);
  const unknown = files.filter((file) => file.includes("/") && heightOf(file) < 0);
  const upward = files.flatMap((file) =>
    imports
      .get(file)
      .filter((other) => heightOf(other) < heightOf(file))
      .map((other) => `src/${file} imports src/${other}, which stands above it`),
  );
  return [
    ...new Set(unknown.map((file) => `src/${roomOf(file)}/ is not in the map of CONTRIBUTING.md`)),
    ...upward,
  ];
}

/** Tarjan's strongly connected components: each of more than one file is a circle. */
function findCircles() {
  const circles = [];
  const path = [];
  const seen = new Map();
  const lowest = new Map();
  const visit = (file) => {
    seen.set(file, seen.size);
    lowest.set(file, seen.get(file));
    path.push(file);
    for (const other of imports.get(file) ?? []) {
      if (!seen.has(other)) visit(other);
      if (path.includes(other)) lowest.set(file, Math.min(lowest.get(file), lowest.get(other)));
    }
    if (lowest.get(file) !== seen.get(file)) return;
    const circle = path.splice(path.indexOf(file));
    if (circle.length > 1) circles.push(`a circle of imports: ${circle.join(", ")}`);
  };
  for (const file of files) if (!seen.has(file)) visit(file);
  return circles;
}

function findCrowded() {
  const counts = groupBy(files, dirname);
  return [...counts].flatMap(([room, all]) =>
    all.length > mostFiles ? [`src/${room}/ has ${all.length} files: make it two rooms`] : [],
  );
}

/** Every command has these two. */
const commandWords = new Set(["declare", "run"]);

/** The functions of the servers' own documentation may bear the names that they have there. */
const isNamedByOthers = (file) => file.startsWith("compat/");

function findTwins() {
  const declared = files.filter((file) => !isNamedByOthers(file)).flatMap(listDeclared);
  return [...groupBy(declared, ({ name }) => name)].flatMap(([name, all]) =>
    new Set(all.map(({ file }) => file)).size > 1
      ? [`two things are called ${name}: in ${all.map(({ file }) => `src/${file}`).join(", ")}`]
      : [],
  );
}

function listDeclared(file) {
  const text = readFileSync(join(root, "src", file), "utf8");
  const kinds = "function|const|class|interface|type";
  const found = text.matchAll(new RegExp(`^export (?:async )?(?:${kinds}) (\\w+)`, "gm"));
  return [...found]
    .map(([, name]) => ({ name, file }))
    .filter(({ name }) => !(file.startsWith("cli/commands/") && commandWords.has(name)));
}

function groupBy(all, keyOf) {
  const groups = new Map();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

const problems = [
  ...findMisplaced(listRooms()),
  ...findCircles(),
  ...findCrowded(),
  ...findTwins(),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
