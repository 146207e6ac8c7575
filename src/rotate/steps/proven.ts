/** What only a change with a restart needs: run.ts loads it when there is one. */
export { begin, cancelled, isUntouched, keepOldBytes } from "./begin.js";
export { commit, describeFile, forbidsUndo, remember, tidyUp } from "./settle.js";
export { restoreFile, restoreServer } from "./undo.js";
export { proveRotation, restartServer, waitForKey } from "../proof/prove.js";
