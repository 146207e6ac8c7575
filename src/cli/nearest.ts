/** The most changes of a letter after which a word still counts as mistyped. */
const mostChanges = 2;

/** The one of several words that was probably meant, or null when none comes near. */
export function findNearest(word: string, words: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = mostChanges + 1;
  for (const candidate of words) {
    const changes = countChanges(word.toLowerCase(), candidate.toLowerCase());
    // In a short word two changes leave nothing of it.
    if (changes < fewest && changes < candidate.length / 2) {
      nearest = candidate;
      fewest = changes;
    }
  }
  return nearest;
}

/** Letters to insert, drop or replace, or neighbours to swap, to make one word of another. */
function countChanges(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let at = 1; at <= to.length; at++) {
      const same = from[row - 1] === to[at - 1];
      const swapped = from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1];
      next.push(
        Math.min(
          last[at - 1]! + (same ? 0 : 1),
          last[at]! + 1,
          next[at - 1]! + 1,
          swapped ? before[at - 2]! + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = next;
  }
  return last[to.length]!;
}
