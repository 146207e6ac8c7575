import { generateKey } from "../keys/generate.js";

/** OpenJarvis's `generate_api_key`: `oj_sk_` and 32 random bytes in base64url. */
export function generateApiKey(): string {
  return generateKey("openjarvis");
}
