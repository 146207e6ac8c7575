import { formsOfWire, type ServerSide } from "../contract/server-side.js";
import { openjarvisWire } from "./openjarvis-wire.js";
import { openjarvisDescription } from "./openjarvis.js";

/** Being OpenJarvis, of today or an older release. */
export const openjarvisServerSide: ServerSide = {
  requests: formsOfWire(openjarvisWire, openjarvisDescription.forms),
  releases: [{ name: "1.0.2" }, { name: "1.0.3" }, { name: "current" }],
  // What its HTTP server, uvicorn, reads of a head.
  longestHeaders: 65_536,
  loadSite: async () => (await import("./openjarvis-site.js")).makeOpenJarvisSite,
};
