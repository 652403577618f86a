/**
 * A block device that a file system lies on. All offsets and lengths are bytes; calls are synchronous and
 * transfer everything or throw. What they throw reaches the caller of the operation. Operations that only read
 * call neither `write` nor `zero`.
 */
export interface BlockDevice {
  /** Bytes, below 2^53. The file system takes as many whole blocks as fit. */
  readonly size: number;
  /** Fills all of `target` from `offset`. */
  read(target: Uint8Array, offset: number): void;
  /** Writes all of `source` at `offset`. The bytes are valid only during the call. */
  write(source: Uint8Array, offset: number): void;
  /** Makes the range read as zeros. */
  zero(offset: number, length: number): void;
}

/**
 * A device in memory: the given bytes themselves, which reads and writes go to. `subarray` gives the bytes of a
 * partition.
 */
export function memoryDevice(bytes: Uint8Array): BlockDevice {
  return {
    size: bytes.length,
    read(target, offset): void {
      checkRange(bytes.length, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
    },
    write(source, offset): void {
      checkRange(bytes.length, offset, source.length);
      bytes.set(source, offset);
    },
    zero(offset, length): void {
      checkRange(bytes.length, offset, length);
      bytes.fill(0, offset, offset + length);
    },
  };
}

/**
 * Refuses a range that is not within a device of `size` bytes.
 * @throws {RangeError}
 */
export function checkRange(size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new RangeError(`bytes ${offset} to ${offset + length} are not within the device of ${size} bytes`);
  }
}
