const INVALID = /^[^A-Za-z0-9~\-^.]+/;
/** Each sorts before letters and numbers, in this order. */
const SEPARATORS = ['-', '^', '.'];

/**
 * Compares versions by the Version Format Specification (UAPI.10), as `systemd-analyze compare-versions` does.
 *
 * @returns below 0 when `a` is the older one
 */
export function compareVersions(a: string, b: string): number {
  let [left, right] = [a, b];
  /** A sign that one of them begins with makes it the older one; it goes where both do. */
  const compareSign = (sign: string): number => {
    const signs = [left.startsWith(sign), right.startsWith(sign)] as const;
    if (signs[0] !== signs[1]) return signs[0] ? -1 : 1;
    if (signs[0]) [left, right] = [left.slice(1), right.slice(1)];
    return 0;
  };
  for (;;) {
    left = left.replace(INVALID, '');
    right = right.replace(INVALID, '');
    const early = compareSign('~');
    if (early !== 0) return early;
    if (left === '' || right === '') return Number(left !== '') - Number(right !== '');
    for (const sign of SEPARATORS) {
      const order = compareSign(sign);
      if (order !== 0) return order;
    }
    const pattern = /^\d/.test(left) || /^\d/.test(right) ? /^\d*/ : /^[A-Za-z]*/;
    const [one, two] = [pattern.exec(left)![0], pattern.exec(right)![0]];
    const order = compareSegments(one, two);
    if (order !== 0) return order;
    [left, right] = [left.slice(one.length), right.slice(two.length)];
  }
}

function compareSegments(a: string, b: string): number {
  // Numbers are newer than letters, which are an empty number here.
  if ((a === '') !== (b === '')) return a === '' ? -1 : 1;
  if (!/^\d/.test(a)) return compareBytes(a, b);
  const [one, two] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return one.length - two.length || compareBytes(one, two);
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
