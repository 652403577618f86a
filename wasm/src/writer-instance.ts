import { type Attributes, checkTime, encodeXattrs, modeBits } from './attributes.ts';
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

/** Functions of c/writer*.c: they return an error code. */
interface WriterExports extends CoreExports {
  writer_results(): number;
  writer_text_space(): number;
  writer_free_space(): void;
  writer_open(epoch: number): number;
  writer_close(): number;
  writer_lookup(parent: number, nameLength: number): number;
  writer_link(parent: number, nameLength: number, inode: number): number;
  writer_create(
    parent: number,
    nameLength: number,
    mode: number,
    uid: number,
    gid: number,
    mtime: bigint,
    size: number,
    a: number,
    b: number,
    xattrs: number,
    xattrsLength: number,
  ): number;
  writer_set_attributes(inode: number, mode: number, uid: number, gid: number, mtime: bigint): number;
  writer_set_flags(inode: number, set: number, clear: number): number;
  writer_set_xattrs(inode: number, xattrs: number, length: number): number;
}

/** Offsets in `struct writer_result` (c/writer.h). */
const result = {
  inode: 0,
  extentCount: 4,
  extents: 8,
  blockSize: 12,
  freeBlocks: 16,
  freeInodes: 24,
} as const;

/** Bytes of `struct byte_range`. */
const rangeSize = 24;
const longestName = 255;
/** Where a link's target lies behind the name (c/writer.h, NAME_SPACE). */
const nameSpace = 256;
const longestTarget = 4095;

/** What an entry is besides its attributes: {@link WriterInstance.create}. */
export interface Creation {
  /** S_IFMT. */
  type: number;
  /** Bytes of a file. */
  size?: number;
  /** What of a file is not a hole: pairs of logical block and count of blocks. Default: all of it. */
  ranges?: readonly number[];
  /** Of a symbolic link. */
  target?: Uint8Array;
  /** Of a device: major and minor number. */
  device?: readonly [major: number, minor: number];
}

/** The fill API of ext2fs.wasm: error codes become exceptions, memory becomes JavaScript values. */
export class WriterInstance {
  readonly blockSize: number;
  readonly #instance: Instance<WriterExports>;
  readonly #results: number;
  /** A name at its start, a link's target behind that. */
  readonly #text: number;
  /** Memory for ranges and extended attributes; grows. */
  #scratch = 0;
  #scratchSize = 0;
  #closed = false;
  #view: DataView;

  constructor(instance: Instance<CoreExports>, epoch: number) {
    this.#instance = instance as Instance<WriterExports>;
    const { exports } = this.#instance;
    this.#results = exports.writer_results();
    this.#text = exports.writer_text_space();
    this.#view = new DataView(exports.memory.buffer);
    this.#check('open', () => exports.writer_open(epoch));
    this.blockSize = this.#number(result.blockSize);
  }

  close(): void {
    this.#check('close', () => this.#instance.exports.writer_close());
    this.#closed = true;
  }

  /**
   * Makes an inode with a name.
   * @returns its number; {@link extents} has the blocks of a file
   */
  create(parent: number, name: Uint8Array, attributes: Attributes, creation: Creation): number {
    const { type, target, device, ranges } = creation;
    const mode = type | modeBits(attributes.mode);
    const { uid, gid } = attributes;
    checkOwner(uid, gid);
    const mtime = checkTime(attributes.mtime);
    const xattrs = encodeXattrs(attributes);
    const size = target ? this.#putTarget(target) : (creation.size ?? 0);
    let rangesPointer = 0;
    let xattrsPointer = 0;
    if (ranges || xattrs.length > 0) {
      rangesPointer = this.#put(Float64Array.from(ranges ?? []), xattrs);
      xattrsPointer = rangesPointer + (ranges?.length ?? 0) * 8;
    }
    const a = device ? device[0] : ranges ? rangesPointer : 0;
    const b = device ? device[1] : ranges ? ranges.length / 2 : 0;
    this.#checkNamed(parent, name, 'create', () =>
      this.#instance.exports.writer_create(
        parent,
        name.length,
        mode,
        uid,
        gid,
        mtime,
        size,
        a,
        b,
        xattrsPointer,
        xattrs.length,
      ),
    );
    return this.#number(result.inode);
  }

  link(parent: number, name: Uint8Array, inode: number): void {
    this.#checkNamed(parent, name, 'link', () =>
      this.#instance.exports.writer_link(parent, name.length, inode),
    );
  }

  /** The inode behind a name, or undefined. */
  lookup(parent: number, name: Uint8Array): number | undefined {
    if (name.length > longestName) return undefined;
    this.#checkNamed(parent, name, 'look up', () =>
      this.#instance.exports.writer_lookup(parent, name.length),
    );
    return this.#number(result.inode) || undefined;
  }

  setAttributes(inode: number, attributes: Attributes): void {
    const { uid, gid } = attributes;
    checkOwner(uid, gid);
    const mode = modeBits(attributes.mode);
    const mtime = checkTime(attributes.mtime);
    const xattrs = encodeXattrs(attributes);
    this.#check('set attributes', () =>
      this.#instance.exports.writer_set_attributes(inode, mode, uid, gid, mtime),
    );
    if (!attributes.xattrs) return;
    const pointer = this.#put(new Float64Array(0), xattrs);
    this.#check('set extended attributes', () =>
      this.#instance.exports.writer_set_xattrs(inode, pointer, xattrs.length),
    );
  }

  setFlags(inode: number, set: number, clear: number): void {
    this.#check('set flags', () => this.#instance.exports.writer_set_flags(inode, set, clear));
  }

  /** The extents of the file that was made last. */
  extents(): Extent[] {
    const count = this.#number(result.extentCount);
    const start = this.#number(result.extents);
    const extents: Extent[] = [];
    for (let at = start; at < start + count * rangeSize; at += rangeSize) {
      extents.push({
        position: this.#view.getFloat64(at, true),
        offset: this.#view.getFloat64(at + 8, true),
        length: this.#view.getFloat64(at + 16, true),
      });
    }
    return extents;
  }

  free(): { blocks: number; inodes: number } {
    if (this.#closed) throw new Ext2fsError('EXT2FS_CLOSED', 'the writer is closed');
    this.#instance.exports.writer_free_space();
    const inodes = this.#number(result.freeInodes);
    return { blocks: this.#view.getFloat64(this.#results + result.freeBlocks, true), inodes };
  }

  #putTarget(target: Uint8Array): number {
    if (target.length > longestTarget) {
      throw new Ext2fsError('ENAMETOOLONG', `a link target of ${target.length} bytes; at most 4095 fit`);
    }
    this.#instance.bytes().set(target, this.#text + nameSpace);
    return target.length;
  }

  /** Copies to memory that is valid until the next call; aligned for doubles. */
  #put(numbers: Float64Array, bytes: Uint8Array): number {
    const size = numbers.byteLength + bytes.length;
    // Never at 0, not even for nothing: there, an empty list of ranges would be none.
    if (this.#scratch === 0 || size > this.#scratchSize) {
      this.#instance.exports.free(this.#scratch);
      this.#scratchSize = Math.max(size * 2, 4096);
      this.#scratch = this.#instance.exports.malloc(this.#scratchSize);
      if (this.#scratch === 0) throw new Ext2fsError('ENOMEM', 'out of memory in WebAssembly');
    }
    this.#instance.bytes().set(new Uint8Array(numbers.buffer), this.#scratch);
    this.#instance.bytes().set(bytes, this.#scratch + numbers.byteLength);
    return this.#scratch;
  }

  #checkNamed(parent: number, name: Uint8Array, what: string, call: () => number): void {
    if (name.length > longestName) {
      throw new Ext2fsError('ENAMETOOLONG', `a name of ${name.length} bytes; at most ${longestName} fit`);
    }
    this.#instance.bytes().set(name, this.#text);
    const code = this.#run(call);
    if (code === 0) return;
    const text = JSON.stringify(new TextDecoder().decode(name));
    throw this.#instance.error(code, `${what} ${text} in directory ${parent}`);
  }

  #check(what: string, call: () => number): void {
    const code = this.#run(call);
    if (code !== 0) throw this.#instance.error(code, what);
  }

  #run(call: () => number): number {
    if (this.#closed) throw new Ext2fsError('EXT2FS_CLOSED', 'the writer is closed');
    try {
      return call();
    } catch (error) {
      // The device threw, or WebAssembly trapped: the instance stopped somewhere in between.
      this.#closed = true;
      throw error;
    }
  }

  #number(offset: number): number {
    const { buffer } = this.#instance.exports.memory;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view.getUint32(this.#results + offset, true);
  }
}

/** @throws {RangeError} if uid or gid is not a number of 32 bits */
function checkOwner(uid: number, gid: number): void {
  if (uid >>> 0 !== uid || gid >>> 0 !== gid) throw new RangeError(`not an owner: ${uid}:${gid}`);
}
