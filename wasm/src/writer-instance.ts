import { Ext2fsError } from './errors.ts';
import type { CoreExports, Instance } from './instance.ts';

/** A run of bytes that a file has in the device. */
export interface Extent {
  /** Bytes from the start of the file. */
  position: number;
  /** Bytes from the start of the device. */
  offset: number;
  /** Bytes, whole blocks. */
  length: number;
}

type Call = (...parameters: number[]) => number;

/** Functions of c/writer*.c that return an error code. */
type WriterFunction =
  | 'writer_open'
  | 'writer_close'
  | 'writer_list'
  | 'writer_reserve'
  | 'writer_add_name'
  | 'writer_create_file'
  | 'writer_create_directory'
  | 'writer_create_symlink'
  | 'writer_create_special'
  | 'writer_set_attributes'
  | 'writer_set_flags'
  | 'writer_xattr_begin'
  | 'writer_xattr_set'
  | 'writer_xattr_end'
  | 'writer_discard';

type WriterExports = CoreExports &
  Record<WriterFunction, Call> & { writer_results(): number; writer_free_space(): void };

/** Offsets in `struct writer_result` (c/writer.h). */
const result = {
  inode: 0,
  extentCount: 4,
  extents: 8,
  blockSize: 12,
  freeBlocks: 16,
  freeInodes: 24,
  listLength: 28,
  list: 32,
} as const;

const scratchSize = 8192;
const maxName = 255;

/** The fill API of ext2fs.wasm: error codes become exceptions, memory becomes JavaScript values. */
export class WriterInstance {
  readonly blockSize: number;
  readonly #instance: Instance<WriterExports>;
  readonly #results: number;
  /** A name at its start, a link's target behind that. */
  readonly #scratch: number;
  #closed = false;
  #view: DataView;

  constructor(instance: Instance<CoreExports>, epoch: number) {
    this.#instance = instance as Instance<WriterExports>;
    this.#results = this.#instance.exports.writer_results();
    this.#scratch = this.#instance.exports.malloc(scratchSize);
    this.#view = new DataView(this.#instance.exports.memory.buffer);
    this.call('writer_open', epoch);
    this.blockSize = this.#number(result.blockSize);
  }

  /**
   * Calls a function of the C side.
   * @throws {Ext2fsError} for its error code, or if the writer cannot be used any more
   */
  call(name: WriterFunction, ...parameters: number[]): void {
    if (this.#closed) throw new Ext2fsError('EXT2FS_CLOSED', 'the writer is closed');
    let code: number;
    try {
      code = this.#instance.exports[name](...parameters);
    } catch (error) {
      // The device threw, or WebAssembly trapped: the instance stopped somewhere in between.
      this.#closed = true;
      throw error;
    }
    if (code !== 0) throw this.#instance.error(code, name.replace('writer_', '').replaceAll('_', ' '));
  }

  close(): void {
    this.call('writer_close');
    this.#closed = true;
  }

  reserve(parent: number, name: Uint8Array): void {
    this.call('writer_reserve', parent, name.length);
  }

  addName(parent: number, inode: number, name: Uint8Array, another: boolean): void {
    this.#instance.bytes().set(name, this.#scratch);
    this.call('writer_add_name', parent, inode, this.#scratch, name.length, another ? 1 : 0);
  }

  createSymlink(parent: number, inodeParameters: readonly number[], target: Uint8Array): void {
    if (target.length > 4095)
      throw new Ext2fsError('ENAMETOOLONG', `a link target of ${target.length} bytes`);
    const pointer = this.#scratch + maxName + 1;
    this.#instance.bytes().set(target, pointer);
    this.call('writer_create_symlink', parent, ...inodeParameters, pointer, target.length);
  }

  /**
   * @param ranges pairs of logical block and count of blocks: what is not a hole
   */
  createFile(
    parent: number,
    inodeParameters: readonly number[],
    size: number,
    ranges: readonly number[],
  ): Extent[] {
    const pointer = this.#instance.place(new Uint8Array(Float64Array.from(ranges).buffer));
    try {
      this.call('writer_create_file', parent, ...inodeParameters, size, pointer, ranges.length / 2);
    } finally {
      this.#instance.exports.free(pointer);
    }
    return this.extents();
  }

  /** Replaces all extended attributes of an inode. */
  setXattrs(inode: number, xattrs: readonly (readonly [name: string, value: Uint8Array])[]): void {
    const encoder = new TextEncoder();
    this.call('writer_xattr_begin', inode);
    try {
      for (const [name, value] of xattrs) this.#setXattr(encoder.encode(name), value);
    } finally {
      this.call('writer_xattr_end');
    }
  }

  #setXattr(name: Uint8Array, value: Uint8Array): void {
    const namePointer = this.#instance.place(name);
    const valuePointer = this.#instance.place(value);
    try {
      this.call('writer_xattr_set', namePointer, valuePointer, value.length);
    } finally {
      this.#instance.exports.free(namePointer);
      this.#instance.exports.free(valuePointer);
    }
  }

  /** Takes back an inode without a name; a failure of that changes nothing for the caller. */
  discard(inode: number): void {
    if (!this.#closed) this.#instance.exports.writer_discard(inode);
  }

  /** The inode that was made last. */
  inode(): number {
    return this.#number(result.inode);
  }

  /** The extents of the file that was made last. */
  extents(): Extent[] {
    const count = this.#number(result.extentCount);
    const start = this.#number(result.extents);
    const extents: Extent[] = [];
    for (let at = start; at < start + count * 24; at += 24) {
      extents.push({
        position: this.#view.getFloat64(at, true),
        offset: this.#view.getFloat64(at + 8, true),
        length: this.#view.getFloat64(at + 16, true),
      });
    }
    return extents;
  }

  /** The entries of a directory, `.` and `..` included. */
  list(inode: number): [name: Uint8Array, inode: number][] {
    this.call('writer_list', inode);
    const end = this.#number(result.list) + this.#number(result.listLength);
    const entries: [Uint8Array, number][] = [];
    for (let at = this.#number(result.list); at < end; ) {
      const length = this.#view.getUint8(at + 4);
      entries.push([this.#instance.bytes().slice(at + 5, at + 5 + length), this.#view.getUint32(at, true)]);
      at += 5 + length;
    }
    return entries;
  }

  free(): { blocks: number; inodes: number } {
    if (this.#closed) throw new Ext2fsError('EXT2FS_CLOSED', 'the writer is closed');
    this.#instance.exports.writer_free_space();
    const inodes = this.#number(result.freeInodes);
    return { blocks: this.#view.getFloat64(this.#results + result.freeBlocks, true), inodes };
  }

  #number(offset: number): number {
    const { buffer } = this.#instance.exports.memory;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view.getUint32(this.#results + offset, true);
  }
}
