/** Permission bits as `ls` users know them: `"0600"`. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
