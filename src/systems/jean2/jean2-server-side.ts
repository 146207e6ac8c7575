import { formsOfWire, type ServerSide } from "../contract/server-side.js";
import { jean2Wire } from "./jean2-wire.js";
import { jean2Description } from "./jean2.js";

/** Being Jean2. */
export const jean2ServerSide: ServerSide = {
  requests: formsOfWire(jean2Wire, jean2Description.forms),
  releases: [{ name: "current" }],
  loadSite: async () => (await import("./jean2-site.js")).makeJean2Site,
};
