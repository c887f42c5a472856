/**
 * Finds the known word that is closest to `word` in spelling; `undefined` if none is close.
 *
 * @param compared - returns the part of a known word to compare; default: all of it
 */
export function nearestWord(
  word: string,
  known: readonly string[],
  compared: (each: string) => string = (each) => each,
): string | undefined {
  const meant = normalizedWord(word);
  let nearest: string | undefined;
  let least = Math.min(Math.ceil(meant.length / 3), 3) + 1;
  for (const each of known) {
    const distance = editDistance(meant, normalizedWord(compared(each)));
    if (distance >= least) continue;
    least = distance;
    nearest = each;
  }
  return nearest;
}

/** Normalizes a name: lower case, without hyphens and underscores, at most 40 characters. */
export function normalizedWord(name: string): string {
  return name.slice(0, 40).replace(/[-_]/g, '').toLowerCase();
}

/** Counts the insertions, deletions, substitutions and swaps that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (isSame ? 0 : 1),
        isSwap ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
