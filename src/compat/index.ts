/**
 * The functions of the servers' own documentation under their own names, with their exact
 * behaviour, holes included: for comparing, and for code that is being moved over. The library's
 * own face fails closed.
 */
export { BindRefused, checkBindSafety } from "./bind.js";
export type { Clock } from "../core/machine.js";
export { generateApiKey } from "./keys.js";
export { authMiddleware } from "./middleware.js";
export type { AuthRequest } from "../systems/contract/wire.js";
export {
  generateTestToken,
  type Now,
  rotateToken,
  validateToken,
  type Validation,
} from "./tokens.js";
export { websocketAuthorized } from "./websocket.js";
