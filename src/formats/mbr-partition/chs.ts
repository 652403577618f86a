/** Heads per cylinder of the geometry that partitioning tools assume for every disk. */
const HEADS = 255;
/** Sectors per track of that geometry. */
const SECTORS_PER_TRACK = 63;
/** The highest cylinder that ten bits hold. */
const MAX_CYLINDER = 1023;

/**
 * Encodes an LBA as the three CHS bytes of a partition entry (head, sector with the two high cylinder
 * bits, low cylinder byte), for 255 heads and 63 sectors per track.
 *
 * An address above cylinder 1023 is clamped to the last one that can be said, FE FF FF, as fdisk does:
 * firmware that meets it uses the LBA instead.
 */
export function encodeChs(lba: number): [number, number, number] {
  const cylinder = Math.floor(lba / (HEADS * SECTORS_PER_TRACK));
  if (cylinder > MAX_CYLINDER) return [0xfe, 0xff, 0xff];
  const head = Math.floor(lba / SECTORS_PER_TRACK) % HEADS;
  const sector = (lba % SECTORS_PER_TRACK) + 1;
  return [head, sector | ((cylinder >> 2) & 0xc0), cylinder & 0xff];
}
