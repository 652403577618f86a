/**
 * The candidates most like a word that fits none of them, best first: for "did you mean" hints. Distance
 * is Damerau-Levenshtein's (optimal string alignment), case and `-` against `_` aside; only what differs in
 * at most a third of the longer word, or starts with the word, counts.
 *
 * @example
 * nearest('virtio-blq', ['virtio_blk', 'ext4']); // ['virtio_blk']
 */
export function nearest(word: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = fold(word);
  const ranked: { candidate: string; rank: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const other = fold(candidate);
    const longer = Math.max(wanted.length, other.length);
    const allowed = Math.max(1, Math.floor(longer / 3));
    if (Math.abs(wanted.length - other.length) <= allowed) {
      const away = distance(wanted, other);
      if (away <= allowed && away < longer) {
        ranked.push({ candidate, rank: away });
        continue;
      }
    }
    if (wanted.length >= 3 && other.startsWith(wanted)) ranked.push({ candidate, rank: longer });
  }
  ranked.sort((a, b) => a.rank - b.rank || (a.candidate < b.candidate ? -1 : 1));
  return ranked.slice(0, limit).map(({ candidate }) => candidate);
}

/** `did you mean "a" or "b"?`, or undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const names = nearest(word, candidates).map((name) => JSON.stringify(name));
  if (names.length === 0) return undefined;
  const last = names.pop();
  return `did you mean ${names.length > 0 ? `${names.join(', ')} or ${last}` : last}?`;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
