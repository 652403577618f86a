/**
 * Sparse files as GNU tar stores them: a map of where data lies, and the data without the holes. The old
 * format is that of `tar.h`; PAX formats 0.0, 0.1 and 1.0 are those of the GNU tar manual, "Storing Sparse
 * Files".
 */
import type { DataRange } from '../../tree/content.ts';
import type { ChunkReader } from '../chunk-reader.ts';
import { damaged, tooLarge, unsupported } from './errors.ts';
import { BLOCK, decodeNumber, type RawHeader } from './header.ts';
import { type PaxRecords, SPARSE_MAP_KEY } from './pax.ts';

export interface SparseFile {
  /** With the holes, in bytes. */
  readonly size: number;
  /** Sorted and disjoint. */
  readonly data: readonly DataRange[];
  /** Bytes of all ranges together: what follows of the body. */
  readonly stored: number;
}

/** The entry whose map is read. The reader stands behind its header. */
export interface SparseEntry {
  /** Names the archive and the entry in errors. */
  readonly what: string;
  readonly name: string;
  readonly raw: RawHeader;
  readonly pax: PaxRecords;
  /** Bytes of the body by the header, the map of format 1.0 included. */
  readonly stored: number;
}

/** A map of more pieces is no honest one, and would exhaust memory. */
const MAXIMUM_PIECES = 1 << 20;

/** Offset and length of a piece in the old format, 12 bytes each. */
const OLD_PIECE = 24;

/** Places in the old format's blocks: the pieces, how many, whether another block follows, the size. */
const OLD_HEADER = { pieces: 386, count: 4, more: 482, size: 483 } as const;
const OLD_EXTENSION = { pieces: 0, count: 21, more: 504 } as const;

/**
 * Reads the map of an entry, up to where its data begins.
 *
 * @returns undefined for what is no sparse file
 * @throws RB_ARCHIVE_DAMAGED when the map is cut off, out of order, overlaps, or does not fit the sizes
 * @throws RB_ARCHIVE_UNSUPPORTED for formats of other versions; RB_ARCHIVE_TOO_LARGE for maps beyond reason
 */
export async function readSparse(entry: SparseEntry, reader: ChunkReader): Promise<SparseFile | undefined> {
  const { raw, pax, what, name } = entry;
  if (raw.sparse) return readOld(entry, raw.sparse, reader);
  const [major, minor] = ['GNU.sparse.major', 'GNU.sparse.minor'].map((key) => decimal(pax.get(key)) ?? 0);
  if (major === 1 && minor === 0) return readFromBody(entry, reader);
  if (major !== 0 || minor! > 1) {
    throw unsupported(
      what,
      `${JSON.stringify(name)} is stored in sparse format ${major}.${minor}`,
      '--sparse',
    );
  }
  return pax.has('GNU.sparse.size') ? readFromRecords(entry) : undefined;
}

async function readOld(entry: SparseEntry, header: Uint8Array, reader: ChunkReader): Promise<SparseFile> {
  const map = new SparseMap(entry);
  let block = header;
  let at: typeof OLD_HEADER | typeof OLD_EXTENSION = OLD_HEADER;
  while (true) {
    for (let index = 0; index < at.count; index += 1) {
      const piece = at.pieces + index * OLD_PIECE;
      // An unused place: no number, not even 0.
      if (block[piece + 12] === 0) break;
      map.add(oldNumber(block, piece), oldNumber(block, piece + 12));
    }
    if (block[at.more] === 0) return map.finish(oldNumber(header, OLD_HEADER.size), entry.stored);
    block = await reader.read(BLOCK);
    if (block.length < BLOCK) throw map.malformed('is cut off');
    at = OLD_EXTENSION;
  }
}

function oldNumber(block: Uint8Array, at: number): number {
  return decodeNumber(block.subarray(at, at + 12));
}

/** Formats 0.0 and 0.1. */
function readFromRecords(entry: SparseEntry): SparseFile {
  const { pax, stored } = entry;
  const map = new SparseMap(entry);
  const text = Buffer.from(pax.get(SPARSE_MAP_KEY) ?? []).toString('latin1');
  const numbers = text === '' ? [] : text.split(',');
  if (decimal(pax.get('GNU.sparse.numblocks')) !== numbers.length / 2) {
    throw map.malformed('has another length than told');
  }
  for (let index = 0; index < numbers.length; index += 2) {
    map.add(decimal(numbers[index]), decimal(numbers[index + 1]));
  }
  return map.finish(decimal(pax.get('GNU.sparse.size')), stored);
}

/** Format 1.0: the map is the first part of the body, in whole blocks. */
async function readFromBody(entry: SparseEntry, reader: ChunkReader): Promise<SparseFile> {
  const map = new SparseMap(entry);
  const start = reader.position;
  const lines = new DecimalLines(reader, start + entry.stored);
  const count = await lines.next();
  if (count === undefined) throw map.malformed('does not begin with its length');
  for (let index = 0; index < count; index += 1) {
    const position = await lines.next();
    map.add(position, await lines.next());
  }
  const size = decimal(entry.pax.get('GNU.sparse.realsize'));
  return map.finish(size, entry.stored - (reader.position - start));
}

/** Numbers, one a line, in the blocks of a body that ends at `end`. */
class DecimalLines {
  readonly #reader: ChunkReader;
  readonly #end: number;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(reader: ChunkReader, end: number) {
    this.#reader = reader;
    this.#end = end;
  }

  /** The next number, or undefined where there is none. */
  async next(): Promise<number | undefined> {
    let value = 0;
    for (let digits = 0; digits <= 16; digits += 1) {
      if (this.#at === this.#block.length && !(await this.#fill())) return undefined;
      const byte = this.#block[this.#at]!;
      this.#at += 1;
      if (byte === 0x0a && digits > 0) return value;
      if (byte < 0x30 || byte > 0x39) return undefined;
      value = value * 10 + byte - 0x30;
    }
    return undefined;
  }

  async #fill(): Promise<boolean> {
    if (this.#reader.position + BLOCK > this.#end) return false;
    this.#block = await this.#reader.read(BLOCK);
    this.#at = 0;
    return this.#block.length === BLOCK;
  }
}

/** A map in the making, checked piece by piece. */
class SparseMap {
  readonly #entry: SparseEntry;
  readonly #data: { position: number; length: number }[] = [];
  #pieces = 0;
  #end = 0;
  #stored = 0;

  constructor(entry: SparseEntry) {
    this.#entry = entry;
  }

  /** Takes the next piece; GNU tar ends a map with an empty one where the file ends with a hole. */
  add(position: number | undefined, length: number | undefined): void {
    if (position === undefined || length === undefined) throw this.malformed('is cut off, or no map');
    if (!isSize(position) || !isSize(length) || !isSize(position + length)) {
      throw this.malformed('holds numbers that do not fit');
    }
    if (position < this.#end) throw this.malformed('is out of order, or pieces of it overlap');
    this.#pieces += 1;
    if (this.#pieces > MAXIMUM_PIECES) {
      throw tooLarge(this.#entry.what, `a sparse file of more than ${MAXIMUM_PIECES} pieces`);
    }
    this.#stored += length;
    this.#end = position + length;
    if (length === 0) return;
    const last = this.#data.at(-1);
    if (last && last.position + last.length === position) last.length += length;
    else this.#data.push({ position, length });
  }

  finish(size: number | undefined, stored: number): SparseFile {
    if (size === undefined || !isSize(size)) throw this.malformed('tells no size of the file');
    if (this.#end > size) throw this.malformed('leads beyond the end of the file');
    if (this.#stored !== stored) throw this.malformed('has other sizes than the data');
    return { size, data: this.#data, stored };
  }

  malformed(how: string): Error {
    const { what, name } = this.#entry;
    return damaged(what, `the map of the sparse file ${JSON.stringify(name)} ${how}`);
  }
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function decimal(value: Uint8Array | string | undefined): number | undefined {
  const digits = typeof value === 'string' ? value : Buffer.from(value ?? []).toString('latin1');
  return /^\d{1,16}$/.test(digits) ? Number(digits) : undefined;
}
