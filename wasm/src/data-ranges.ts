/** Where a file has data, in bytes. */
export interface DataRange {
  position: number;
  length: number;
}

/**
 * The logical blocks that hold data: pairs of first block and count, with a gap between one pair and the next.
 *
 * @param size bytes of the file
 * @throws {RangeError} if the ranges are not sorted, disjoint and within the file
 */
export function blockRanges(size: number, data: readonly DataRange[], blockSize: number): number[] {
  const ranges: number[] = [];
  let end = 0;
  /** One behind the last block that is in `ranges`. */
  let endBlock = 0;
  for (const { position, length } of data) {
    if (!Number.isSafeInteger(position) || !Number.isSafeInteger(length) || position < end || length < 0) {
      throw new RangeError(`the data ranges are not sorted and disjoint at ${position}, ${length} bytes`);
    }
    end = position + length;
    if (end > size) throw new RangeError(`data up to ${end} in a file of ${size} bytes`);
    if (length === 0) continue;
    const first = Math.floor(position / blockSize);
    const last = Math.ceil(end / blockSize);
    if (ranges.length > 0 && first <= endBlock) ranges[ranges.length - 1]! += Math.max(0, last - endBlock);
    else ranges.push(first, last - first);
    endBlock = Math.max(endBlock, last);
  }
  return ranges;
}
