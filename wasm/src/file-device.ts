import { type BlockDevice, checkRange } from './device.ts';
import { Ext2fsError } from './errors.ts';

/** The two functions of `node:fs` (or memfs) that a file device uses; each returns the bytes it has transferred. */
export interface PositionedFs {
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
}

/** Where in a file a device lies. */
export interface FileDeviceOptions {
  /** First byte of the device in the file; default 0. */
  offset?: number;
  /** Bytes of the device. */
  size: number;
  /**
   * The range reads as zeros now (a hole, or just truncated to size): zeroing what was never written through
   * this device is then skipped, so the file stays sparse.
   */
  fresh?: boolean;
}

const chunkSize = 64 * 1024;
const zeroSize = 1024 * 1024;

/**
 * A device in an open file, read and written at positions. The file need not be as long as the device: what
 * lies behind its end reads as zeros. The descriptor stays open, and one opened for reading serves to read.
 * @throws {RangeError} if size or offset is not a number of bytes
 */
export function fileDevice(fs: PositionedFs, fd: number, options: FileDeviceOptions): BlockDevice {
  const { offset: base = 0, size, fresh = false } = options;
  for (const [name, value] of Object.entries({ offset: base, size, end: base + size })) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name} is not a number of bytes: ${value}`);
  }
  /** For a fresh range: which chunks have been written, a bit each. */
  const written = fresh ? new Uint8Array(Math.ceil(size / chunkSize / 8)) : undefined;
  let zeros: Uint8Array | undefined;

  function writeAll(source: Uint8Array, offset: number): void {
    for (let done = 0; done < source.length; ) {
      const count = fs.writeSync(fd, source, done, source.length - done, base + offset + done);
      if (count === 0)
        throw new Ext2fsError('EIO', `nothing more can be written at byte ${base + offset + done}`);
      done += count;
    }
  }
  function writeZeros(offset: number, length: number): void {
    zeros ??= new Uint8Array(Math.min(zeroSize, Math.max(length, chunkSize)));
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, zeros.length);
      writeAll(zeros.subarray(0, part), offset + done);
      done += part;
    }
  }
  return {
    size,
    read(target, offset): void {
      checkRange(size, offset, target.length);
      for (let done = 0; done < target.length; ) {
        const count = fs.readSync(fd, target, done, target.length - done, base + offset + done);
        if (count === 0) {
          target.fill(0, done);
          return;
        }
        done += count;
      }
    },
    write(source, offset): void {
      checkRange(size, offset, source.length);
      if (source.length === 0) return;
      writeAll(source, offset);
      if (!written) return;
      const last = Math.floor((offset + source.length - 1) / chunkSize);
      for (let chunk = Math.floor(offset / chunkSize); chunk <= last; chunk++) {
        written[chunk >> 3]! |= 1 << (chunk & 7);
      }
    },
    zero(offset, length): void {
      checkRange(size, offset, length);
      if (!written) {
        writeZeros(offset, length);
        return;
      }
      const end = offset + length;
      for (let start = offset; start < end; ) {
        const chunk = Math.floor(start / chunkSize);
        const stop = Math.min(end, (chunk + 1) * chunkSize);
        if (written[chunk >> 3]! & (1 << (chunk & 7))) writeZeros(start, stop - start);
        start = stop;
      }
    },
  };
}
