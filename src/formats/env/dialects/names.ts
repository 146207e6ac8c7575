/**
 * Every program whose reading of env files is known. `title` is how messages call it; only those that
 * are `nameable` can be given as --dialect, the others come with a system.
 */
export const dialectList = [
  { name: "jean2", title: "Jean2", nameable: true },
  { name: "bun", title: "Jean2's runtime", nameable: false },
  { name: "dotenv", title: "dotenv", nameable: true },
  { name: "node20", title: "Node 20", nameable: true },
  { name: "node22", title: "Node 22", nameable: true },
  { name: "deno", title: "Deno", nameable: true },
  { name: "python-dotenv", title: "python-dotenv", nameable: true },
  { name: "docker", title: "docker", nameable: true },
  { name: "podman", title: "podman", nameable: true },
  { name: "compose", title: "docker compose", nameable: true },
  { name: "kubectl", title: "kubectl", nameable: true },
  { name: "systemd", title: "systemd", nameable: true },
  { name: "direnv", title: "direnv", nameable: true },
  { name: "jean-installer", title: "Jean's installer", nameable: false },
] as const;

/** The program whose rules decide what an env file says. */
export type DialectName = (typeof dialectList)[number]["name"];

/** What --dialect takes, alone or several with commas between them. */
export const nameableDialects: readonly DialectName[] = dialectList
  .filter(({ nameable }) => nameable)
  .map(({ name }) => name);

/** How messages call the program. */
export function titleOf(dialect: DialectName): string {
  return dialectList.find(({ name }) => name === dialect)?.title ?? dialect;
}
