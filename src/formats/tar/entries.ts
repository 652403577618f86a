import { pacer } from '../../host.ts';
import type { DataRange } from '../../tree/content.ts';
import type { EntryType } from '../../tree/entry.ts';
import { decodeName } from '../../tree/name.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { damaged, tooLarge, unsupported } from './errors.ts';
import { BLOCK, decodeHeader, type RawHeader } from './header.ts';
import { decodePax, decodePaxTime, FILE_TYPE_KEY, type PaxRecords, paxXattrs } from './pax.ts';
import { readSparse } from './sparse.ts';

/** What one entry of a tar says about itself. Names are spelled as in src/tree/name.ts, as they are stored. */
export interface TarHeader {
  /** `link` is a hard link to an earlier entry. */
  readonly type: EntryType | 'link';
  readonly name: string;
  /** Target of a hard or symbolic link, else empty. */
  readonly linkname: string;
  /** 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Of a sparse file: where the bytes of the body belong, which follow each other there. The rest is holes. */
  readonly data?: readonly DataRange[];
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** All PAX records that hold for the entry, global ones too. */
  readonly pax: PaxRecords;
}

export interface TarEntry {
  readonly header: TarHeader;
  /** Where the body begins in the archive, in bytes. */
  readonly position: number;
  /** The body, once, before the next entry is asked for; what is not read is passed over. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bounds against archives that are made to exhaust memory or disk. */
export interface TarLimits {
  readonly entries: number;
  /** Of all files together, holes included. */
  readonly bytes: number;
}

export const DEFAULT_TAR_LIMITS: TarLimits = { entries: 5_000_000, bytes: 256 * 2 ** 30 };

export interface TarReadOptions {
  /** Names the archive in errors. */
  readonly what: string;
  readonly limits?: TarLimits;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

const TYPES: Readonly<Record<string, TarHeader['type']>> = {
  0: 'file',
  1: 'link',
  2: 'symlink',
  3: 'char',
  4: 'block',
  5: 'directory',
  6: 'fifo',
  /** Contiguous file: a file. */
  7: 'file',
  /** GNU tar's dump of a directory: a directory whose body lists names. */
  D: 'directory',
};

/** PAX headers and GNU long names beyond this size are no honest metadata. */
const MAXIMUM_METADATA = 16 << 20;

/** The event loop gets a turn after this many bytes of the archive, and the work on an entry counts as so many more. */
const BREATH = 16 << 20;
const ENTRY = 32 * 1024;

const NO_RECORDS: PaxRecords = new Map();

/**
 * Reads a tar of any of the usual kinds: v7, ustar, PAX, GNU. The archive ends at the first zero block or
 * where the stream ends between two entries, padded or not; the rest of the stream is read to its end and ignored, as GNU
 * tar does. ACLs in `SCHILY.acl.*` are not taken over; volume labels are passed over.
 *
 * @throws RB_ARCHIVE_DAMAGED when a header is none, or the archive is cut off inside of an entry
 * @throws RB_ARCHIVE_UNSUPPORTED for sparse files that are not GNU tar's, parts of multi-volume archives and
 *   unknown types
 * @throws RB_ARCHIVE_TOO_LARGE beyond the limits
 */
export async function* tarEntries(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: TarReadOptions,
): AsyncGenerator<TarEntry, void, undefined> {
  const reader = new ChunkReader(chunks);
  const scanner = new Scanner(reader, options);
  const breathe = pacer(BREATH, options.signal);
  try {
    let before = 0;
    for await (const entry of scanner.entries()) {
      yield entry;
      await breathe(ENTRY + reader.position - before);
      before = reader.position;
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

class Scanner {
  readonly #reader: ChunkReader;
  readonly #what: string;
  readonly #limits: TarLimits;
  #entries = 0;
  #bytes = 0;

  constructor(reader: ChunkReader, { what, limits }: TarReadOptions) {
    this.#reader = reader;
    this.#what = what;
    this.#limits = limits ?? DEFAULT_TAR_LIMITS;
  }

  async *entries(): AsyncGenerator<TarEntry, void, undefined> {
    let global = NO_RECORDS;
    while (true) {
      const extra = new Extra();
      let raw = await this.#header(false);
      while (raw && isExtra(raw.typeflag)) {
        const bytes = await this.#metadata(raw);
        if (raw.typeflag === 'g') global = overlay(global, this.#records(bytes));
        else if (raw.typeflag === 'x' || raw.typeflag === 'X') extra.pax = this.#records(bytes);
        else if (raw.typeflag === 'L') extra.name = untilNul(bytes);
        else if (raw.typeflag === 'K') extra.linkname = untilNul(bytes);
        raw = await this.#header(raw.typeflag !== 'g' && raw.typeflag !== 'V');
      }
      if (!raw) return;
      const pax = overlay(global, extra.pax);
      const header = this.#combine(raw, extra, pax);
      const { name, size: stored } = header;
      const entry = { raw, pax, name, stored, what: this.#what };
      const sparse = header.type === 'file' ? await readSparse(entry, this.#reader) : undefined;
      yield* sparse
        ? this.#entry({ ...header, size: sparse.size, data: sparse.data }, sparse.stored)
        : this.#entry(header, stored);
    }
  }

  /** @param stored bytes of the body */
  async *#entry(header: TarHeader, stored: number): AsyncGenerator<TarEntry, void, undefined> {
    this.#count(header);
    const reader = this.#reader;
    const end = reader.position + stored;
    const cut = () => this.#damaged(`it ends inside of ${JSON.stringify(header.name)}`);
    const body = async function* () {
      while (reader.position < end) {
        const part = await reader.readSome(end - reader.position);
        if (!part) throw cut();
        yield part;
      }
    };
    yield { header, position: reader.position, body: body() };
    if (!(await reader.skip(end - reader.position))) throw cut();
    const isPadded = await reader.skip(-stored & (BLOCK - 1));
    // umoci, for one, leaves out the padding of the last body.
    if (!isPadded && reader.position > end) throw cut();
  }

  /** The next header, or undefined at the end of the archive, which must not be there when one is `due`. */
  async #header(due: boolean): Promise<RawHeader | undefined> {
    const at = this.#reader.position;
    const block = await this.#reader.read(BLOCK);
    if (block.length === 0 && at === 0) throw this.#damaged('it is empty');
    const ended = block.length === 0 || block.every((byte) => byte === 0);
    if (block.length > 0 && block.length < BLOCK) throw this.#damaged(`it ends inside of a header`);
    if (ended && due) throw this.#damaged('it ends where an entry is due');
    if (ended) return undefined;
    const header = decodeHeader(block);
    if (header) return header;
    throw this.#damaged(at === 0 ? 'it does not begin with a tar header' : `no tar header at byte ${at}`);
  }

  async #metadata({ size }: RawHeader): Promise<Uint8Array> {
    if (size < 0 || size > MAXIMUM_METADATA) throw this.#damaged(`a header of ${size} bytes`);
    const bytes = new Uint8Array(await this.#reader.read(size));
    if (bytes.length < size || !(await this.#reader.skip(-size & (BLOCK - 1)))) {
      throw this.#damaged('it ends inside of a header');
    }
    return bytes;
  }

  #records(bytes: Uint8Array): Map<string, Uint8Array> {
    const records = decodePax(bytes);
    if (!records) throw this.#damaged('a PAX header is malformed');
    return records;
  }

  #combine(raw: RawHeader, extra: Extra, pax: PaxRecords): TarHeader {
    const path = standard(pax, 'GNU.sparse.name') ?? standard(pax, 'path') ?? extra.name ?? raw.name;
    const name = decodeName(path);
    const header: TarHeader = {
      type: this.#type(raw, pax, name),
      name,
      linkname: decodeName(standard(pax, 'linkpath') ?? extra.linkname ?? raw.linkname),
      mode: raw.mode & 0o7777,
      uid: this.#number(pax, 'uid', raw.uid, 0xffffffff),
      gid: this.#number(pax, 'gid', raw.gid, 0xffffffff),
      uname: decodeName(standard(pax, 'uname') ?? raw.uname),
      gname: decodeName(standard(pax, 'gname') ?? raw.gname),
      size: this.#number(pax, 'size', raw.size, Number.MAX_SAFE_INTEGER),
      mtime: this.#time(standard(pax, 'mtime'), raw.mtime),
      major: raw.major,
      minor: raw.minor,
      xattrs: paxXattrs(pax),
      pax,
    };
    return hasBody(header.type, raw.typeflag) ? header : { ...header, size: 0 };
  }

  #type(raw: RawHeader, pax: PaxRecords, name: string): TarHeader['type'] {
    const { typeflag, sparse } = raw;
    const type = sparse ? 'file' : TYPES[typeflag];
    const what = this.#what;
    if (typeflag === 'M') throw unsupported(what, 'it is one volume of several', '--multi-volume');
    if (typeflag === 'S' && !sparse)
      throw unsupported(
        what,
        `${JSON.stringify(name)} is a sparse file, but not of GNU tar's kind`,
        '-sparse',
      );
    if (!type)
      throw unsupported(what, `${JSON.stringify(name)} has the unknown type ${JSON.stringify(typeflag)}`);
    if (type !== 'file') return type;
    const vendor = pax.get(FILE_TYPE_KEY);
    if (vendor && Buffer.from(vendor).toString('latin1') === 'socket') return 'socket';
    return name.endsWith('/') ? 'directory' : 'file';
  }

  #number(pax: PaxRecords, key: string, stored: number, maximum: number): number {
    const record = standard(pax, key);
    const value = record ? decimal(record) : stored;
    if (value >= 0 && value <= maximum) return value;
    throw this.#damaged(`an entry's ${key} is no number that fits`);
  }

  #time(record: Uint8Array | undefined, stored: number): bigint {
    const time = record ? decodePaxTime(record) : BigInt(stored) * 1_000_000_000n;
    if (time === undefined) throw this.#damaged("an entry's mtime is no time");
    return time;
  }

  #count(header: TarHeader): void {
    this.#entries += 1;
    this.#bytes += header.size;
    if (this.#entries <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return;
    const { entries, bytes } = this.#limits;
    throw tooLarge(this.#what, `more than ${entries} entries or ${bytes} bytes`);
  }

  #damaged(why: string): Error {
    return damaged(this.#what, why);
  }
}

/** What came before an entry's own header. */
class Extra {
  pax: PaxRecords = NO_RECORDS;
  name: Uint8Array | undefined;
  linkname: Uint8Array | undefined;
}

/** PAX headers, GNU long names (`L`, `K`), Solaris' PAX headers (`X`) and volume labels (`V`). */
function isExtra(typeflag: string): boolean {
  return 'xXgLKV'.includes(typeflag);
}

/** Old tars record the size of what a link leads to, without a body; only files and GNU dumps have one. */
function hasBody(type: TarHeader['type'], typeflag: string): boolean {
  return type === 'file' || typeflag === 'D';
}

function overlay(below: PaxRecords, above: PaxRecords): PaxRecords {
  return below.size === 0 ? above : new Map([...below, ...above]);
}

/** The value of a standard record; an empty one means that the header's own field holds. */
function standard(pax: PaxRecords, key: string): Uint8Array | undefined {
  const value = pax.get(key);
  return value?.length === 0 ? undefined : value;
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function decimal(bytes: Uint8Array): number {
  const digits = Buffer.from(bytes).toString('latin1');
  return /^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
}
