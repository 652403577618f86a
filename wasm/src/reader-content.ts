import { Ext2fsError } from './errors.ts';
import type { ReaderInstance } from './reader-instance.ts';
import type { ByteRange, InodeStat, MappedExtent } from './reader-types.ts';

/** Bytes of a chunk of {@link FileContents.stream}. */
const chunkSize = 1024 * 1024;

const inlineDataFlag = 0x1000_0000; // EXT4_INLINE_DATA_FL

/** A file that was asked for: its size, and its bytes where they lie in the inode. */
interface OpenFile {
  inode: number;
  size: number;
  extents: readonly MappedExtent[];
  inline: Uint8Array | undefined;
}

/** The contents of regular files: from the device straight to the caller. */
export class FileContents {
  readonly #fs: ReaderInstance;
  /** The file that was read last: reads of one file mostly follow each other. */
  #file: OpenFile | undefined;

  constructor(fs: ReaderInstance) {
    this.#fs = fs;
  }

  /**
   * Fills `target` from `position` on, up to the file's end.
   * @returns the count of bytes, 0 at the end
   */
  read(inode: number, target: Uint8Array, position: number): number {
    if (!Number.isSafeInteger(position) || position < 0) throw new RangeError(`not a position: ${position}`);
    return this.#read(this.#open(inode), target, position);
  }

  stream(inode: number, range: ByteRange = {}): ReadableStream<Uint8Array> {
    const { position = 0, length = Number.POSITIVE_INFINITY } = range;
    if (!Number.isSafeInteger(position) || position < 0 || !(length >= 0))
      throw new RangeError(`not a range of bytes: ${position} and ${length} more`);
    const file = this.#open(inode);
    const end = Math.min(file.size, position + length);
    let at = position;
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (at >= end) {
            controller.close();
            return;
          }
          const chunk = new Uint8Array(Math.min(chunkSize, end - at));
          this.#read(file, chunk, at);
          at += chunk.length;
          controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #open(inode: number): OpenFile {
    if (this.#file?.inode !== inode) this.#file = this.#map(this.#fs.stat(inode));
    return this.#file;
  }

  #map({ inode, type, size, flags }: InodeStat): OpenFile {
    if (type !== 'file')
      throw new Ext2fsError(
        type === 'directory' ? 'EISDIR' : 'EINVAL',
        `inode ${inode} is a ${type}, not a regular file`,
      );
    const inline = flags & inlineDataFlag ? this.#fs.inlineData(inode) : undefined;
    return { inode, size, inline, extents: inline ? [] : this.#fs.extents(inode) };
  }

  #read(file: OpenFile, target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, file.size - position));
    if (file.inline) {
      target.set(file.inline.subarray(position, position + length));
      return length;
    }
    const end = position + length;
    let done = position;
    for (let index = extentAt(file.extents, position); done < end; index++) {
      const extent = file.extents[index];
      const start = Math.min(extent?.position ?? end, end);
      if (start > done) {
        target.fill(0, done - position, start - position);
        done = start;
      }
      if (!extent || done >= end) break;
      const stop = Math.min(end, extent.position + extent.length);
      const part = target.subarray(done - position, stop - position);
      if (extent.unwritten) part.fill(0);
      else this.#readDevice(part, extent.offset + done - extent.position);
      done = stop;
    }
    return length;
  }

  #readDevice(target: Uint8Array, offset: number): void {
    const { device } = this.#fs;
    if (offset + target.length > device.size) {
      throw new Ext2fsError(
        'EXT2_ET_SHORT_READ',
        `the device ends at byte ${device.size}, in front of content at ${offset}`,
      );
    }
    device.read(target, offset);
  }
}

/** The index of the first extent that ends behind `position`. */
function extentAt(extents: readonly MappedExtent[], position: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { position: start, length } = extents[middle]!;
    if (start + length <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
