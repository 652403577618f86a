/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */

/**
 * Divides a box among weights, largest first, into boxes as near to squares as their order allows (Bruls, Huizing, van
 * Wijk: Squarified Treemaps, 2000). Areas are in the proportion of the weights.
 *
 * @param {readonly number[]} weights positive
 * @param {Box} box
 * @returns {Box[]}
 */
export function squarify(weights, box) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = total > 0 ? (box.width * box.height) / total : 0;
  /** @type {Box[]} */
  const boxes = [];
  let { x, y, width, height } = box;
  for (let from = 0; from < weights.length; ) {
    const side = Math.min(width, height);
    let area = 0;
    let worst = Number.POSITIVE_INFINITY;
    let to = from;
    while (to < weights.length) {
      const next = area + (weights[to] ?? 0) * scale;
      const ratio = worstRatio((weights[from] ?? 0) * scale, (weights[to] ?? 0) * scale, next, side);
      if (ratio > worst) break;
      [area, worst] = [next, ratio];
      to += 1;
    }
    const depth = side > 0 ? area / side : 0;
    let along = 0;
    for (; from < to; from += 1) {
      const length = depth > 0 ? ((weights[from] ?? 0) * scale) / depth : 0;
      boxes.push(
        width >= height
          ? { x, y: y + along, width: depth, height: length }
          : { x: x + along, y, width: length, height: depth },
      );
      along += length;
    }
    if (width >= height) [x, width] = [x + depth, Math.max(0, width - depth)];
    else [y, height] = [y + depth, Math.max(0, height - depth)];
  }
  return boxes;
}

/**
 * The worst ratio of sides in a row.
 *
 * @param {number} largest area
 * @param {number} smallest area
 * @param {number} sum of the row's areas
 * @param {number} side that the row lies along
 */
function worstRatio(largest, smallest, sum, side) {
  if (side <= 0 || smallest <= 0) return Number.POSITIVE_INFINITY;
  const square = side * side;
  return Math.max((square * largest) / (sum * sum), (sum * sum) / (square * smallest));
}
