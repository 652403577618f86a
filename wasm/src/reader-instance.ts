import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
import { type CoreExports, type Instance, instantiate, trapError } from './instance.ts';
import { aligned, type RawEntry, readEntries, readExtents, readStat, readXattrs } from './reader-records.ts';
import type { InodeStat, MappedExtent } from './reader-types.ts';

type Call = (...parameters: number[]) => number;

/** Functions of c/reader*.c that return an error code. */
type ReaderFunction =
  | 'reader_open'
  | 'reader_features'
  | 'reader_stat'
  | 'reader_list'
  | 'reader_find'
  | 'reader_readlink'
  | 'reader_xattrs'
  | 'reader_extents'
  | 'reader_inline_data';

type ReaderExports = CoreExports & Record<ReaderFunction, Call> & { reader_results(): number };

/** Offsets in `struct reader_result` (c/reader.h). */
const result = { inode: 0, count: 4, bytes: 8, length: 12, superblock: 16, blockSize: 20 } as const;

const maxName = 255;

/** The read API of ext2fs.wasm: error codes become exceptions, memory becomes JavaScript values. */
export class ReaderInstance {
  readonly device: BlockDevice;
  readonly blockSize: number;
  readonly #instance: Instance<ReaderExports>;
  readonly #results: number;
  readonly #scratch: number;
  /** Why nothing can be called any more. */
  #closed: { cause?: unknown } | undefined;

  /**
   * Opens the file system on the device.
   * @throws {Ext2fsError} if there is none
   */
  static async open(device: BlockDevice): Promise<ReaderInstance> {
    return new ReaderInstance(device, await instantiate<ReaderExports>(device, 0));
  }

  private constructor(device: BlockDevice, instance: Instance<ReaderExports>) {
    this.device = device;
    this.#instance = instance;
    this.#results = instance.exports.reader_results();
    this.#scratch = instance.exports.malloc(maxName);
    this.call('reader_open', `no ext2, ext3 or ext4 file system can be read from ${device.size} bytes`);
    this.blockSize = this.#number(result.blockSize);
  }

  /**
   * Calls a function of the C side.
   * @param what begins the message of an error; a function where that costs something to make
   * @throws {Ext2fsError} for its error code, or if the reader cannot be used any more
   */
  call(name: ReaderFunction, what: string | (() => string), ...parameters: number[]): void {
    if (this.#closed) throw new Ext2fsError('EXT2FS_CLOSED', 'the reader is closed', this.#closed);
    let code: number;
    try {
      code = this.#instance.exports[name](...parameters);
    } catch (thrown) {
      // The device threw, or WebAssembly trapped: the instance stopped somewhere in between.
      const error = trapError(thrown, textOf(what));
      this.#closed = { cause: error };
      throw error;
    }
    if (code !== 0) throw this.#instance.error(code, textOf(what));
  }

  close(): void {
    this.#closed ??= {};
  }

  /** The 1024 bytes of the superblock. */
  superblock(): Uint8Array {
    const start = this.#number(result.superblock);
    return this.#instance.bytes().slice(start, start + 1024);
  }

  features(): string[] {
    this.call('reader_features', 'cannot name the features');
    const names = new TextDecoder().decode(this.#bytes().slice());
    return names.split('\0').filter((name) => name !== '');
  }

  /** @param what names the inode in an error */
  stat(inode: number, what = (): string => `inode ${inode}`): InodeStat {
    this.call('reader_stat', what, inode);
    return readStat(this.#view());
  }

  list(inode: number): RawEntry[] {
    const { bytes, count } = this.rawList(inode);
    return readEntries(bytes, count);
  }

  /** As many directory entries, as the C side hands them over. */
  rawList(inode: number): { bytes: Uint8Array; count: number } {
    this.call('reader_list', `directory ${inode}`, inode, 0);
    return { bytes: this.#bytes().slice(), count: this.#number(result.count) };
  }

  /** The inode of one name in a directory, `.` and `..` included; undefined without such a name. */
  find(directory: number, name: Uint8Array): number | undefined {
    if (name.length > maxName) return undefined;
    this.#instance.bytes().set(name, this.#scratch);
    try {
      this.call('reader_find', `directory ${directory}`, directory, this.#scratch, name.length);
    } catch (error) {
      if (error instanceof Ext2fsError && error.code === 'EXT2_ET_FILE_NOT_FOUND') return undefined;
      throw error;
    }
    return this.#number(result.inode);
  }

  readlink(inode: number): Uint8Array {
    this.call('reader_readlink', `link ${inode}`, inode);
    return this.#bytes().slice();
  }

  /** Names and values as stored: POSIX ACLs are still ext4's own. */
  xattrs(inode: number): [name: string, value: Uint8Array][] {
    this.call('reader_xattrs', `extended attributes of inode ${inode}`, inode);
    return readXattrs(this.#bytes(), this.#number(result.count));
  }

  extents(inode: number): MappedExtent[] {
    this.call('reader_extents', `blocks of inode ${inode}`, inode);
    return readExtents(this.#view(), this.#number(result.count));
  }

  /** The content of a file that lies in its inode. */
  inlineData(inode: number): Uint8Array {
    this.call('reader_inline_data', `inline data of inode ${inode}`, inode);
    return this.#bytes().slice();
  }

  /** What the last call handed over; valid until the next. */
  #bytes(): Uint8Array {
    const start = this.#number(result.bytes);
    return this.#instance.bytes().subarray(start, start + this.#number(result.length));
  }

  #view(): DataView {
    const bytes = this.#bytes();
    return new DataView(bytes.buffer, bytes.byteOffset, aligned(bytes.length));
  }

  #number(offset: number): number {
    const bytes = this.#instance.bytes();
    return new DataView(bytes.buffer).getUint32(this.#results + offset, true);
  }
}

function textOf(what: string | (() => string)): string {
  return typeof what === 'string' ? what : what();
}
