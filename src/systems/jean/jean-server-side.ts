import { formsOfWire, type ServerSide } from "../contract/server-side.js";
import { jeanWire } from "./jean-wire.js";
import { jeanDescription } from "./jean.js";

/** Being Jean, of today or of old. */
export const jeanServerSide: ServerSide = {
  requests: formsOfWire(jeanWire, jeanDescription.forms),
  releases: [{ name: "old" }, { name: "current" }],
  loadSite: async () => (await import("./jean-site.js")).makeJeanSite,
};
