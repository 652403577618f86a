import { RootlessBakeError } from '../../errors.ts';
import { pacer } from '../../host.ts';
import { type Content, type ContentReader, readFully } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import type { Entry, EntryType } from '../../tree/entry.ts';
import { decodeName } from '../../tree/name.ts';
import type { Tree } from '../../tree/tree.ts';
import { placeEntry, type TarHeader } from '../tar/index.ts';
import { MAGIC, PATH_MAX, TRAILER } from './newc.ts';

/** Magic numbers and the thirteen fields of eight hex digits behind them. */
const MAGICS = [MAGIC, '070702'];
const HEADER = 110;

const S_IFMT = 0o170000;
const TYPES: Readonly<Record<number, EntryType>> = {
  [0o010000]: 'fifo',
  [0o020000]: 'char',
  [0o040000]: 'directory',
  [0o060000]: 'block',
  [0o100000]: 'file',
  [0o120000]: 'symlink',
  [0o140000]: 'socket',
};

/** Entries after which the event loop gets a turn. */
const BREATH = 1000;

const NO_RECORDS: TarHeader['pax'] = new Map();
const NO_XATTRS: TarHeader['xattrs'] = new Map();

export interface ReadCpioOptions {
  /** Goes into every entry's origin, and names the archive in errors. */
  readonly origin: string;
  /** Where the archive begins; default 0. */
  readonly position?: number;
  /** The most entries that are read; default 5,000,000. */
  readonly limit?: number;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Whether bytes begin a newc archive, with or without checksums. */
export function isCpio(head: Uint8Array): boolean {
  return MAGICS.includes(Buffer.from(head.subarray(0, 6)).toString('latin1'));
}

/**
 * Reads a newc archive (`070701`, or `070702`, whose checksums of contents are not looked at) that is not
 * compressed into a tree, as linux/init/initramfs.c unpacks it: a later entry replaces an earlier one, names of one
 * inode share the content that came with any of them. Contents are parts of the archive, which must stay as it is.
 *
 * @returns where the archive ends: behind its trailer, or the end of the content where it has none
 * @throws RB_ARCHIVE_DAMAGED when it is cut off, or a header is none
 * @throws RB_ARCHIVE_TOO_LARGE beyond the limit
 * @throws RB_PATH_INVALID, RB_TREE_CONFLICT as {@link placeEntry}
 */
export async function readCpioInPlace(
  tree: Tree,
  archive: Content,
  options: ReadCpioOptions,
): Promise<number> {
  const reader = archive.open();
  try {
    return await new Scan(tree, archive, reader, options).run(pacer(BREATH, options.signal));
  } finally {
    reader.close();
  }
}

interface Header {
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly size: number;
  readonly device: string;
  readonly major: number;
  readonly minor: number;
  readonly nameSize: number;
}

class Scan {
  readonly #tree: Tree;
  readonly #archive: Content;
  readonly #reader: ContentReader;
  readonly #origin: string;
  readonly #limit: number;
  #position: number;
  /** The first name of an inode with several. */
  readonly #links = new Map<string, string>();

  constructor(tree: Tree, archive: Content, reader: ContentReader, options: ReadCpioOptions) {
    this.#tree = tree;
    this.#archive = archive;
    this.#reader = reader;
    this.#origin = options.origin;
    this.#limit = options.limit ?? 5_000_000;
    this.#position = options.position ?? 0;
  }

  async run(breathe: ReturnType<typeof pacer>): Promise<number> {
    for (let count = 0; this.#position < this.#archive.size; count += 1) {
      if (count >= this.#limit) throw this.#tooLarge();
      const start = this.#position;
      const header = this.#header();
      const name = this.#name(header.nameSize);
      this.#align(start);
      if (name === TRAILER) {
        this.#links.clear();
        return this.#position;
      }
      const body = this.#position;
      if (body + header.size > this.#archive.size) throw this.#damaged(`it ends inside of ${shown(name)}`);
      this.#put(header, name, body);
      const paused = breathe(1);
      if (paused) await paused;
      this.#position = body + header.size;
      this.#align(start);
    }
    return this.#position;
  }

  #header(): Header {
    const text = this.#read(HEADER).toString('latin1');
    if (!MAGICS.includes(text.slice(0, 6)) || !/^[0-9a-fA-F]{104}$/.test(text.slice(6))) {
      throw this.#damaged(`no cpio header at byte ${this.#position - HEADER}`);
    }
    const field = (index: number): number => Number.parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
    return {
      ino: field(0),
      mode: field(1),
      uid: field(2),
      gid: field(3),
      nlink: field(4),
      mtime: field(5),
      size: field(6),
      device: `${field(7)}:${field(8)}`,
      major: field(9),
      minor: field(10),
      nameSize: field(11),
    };
  }

  #name(size: number): string {
    if (size < 1 || size > PATH_MAX) throw this.#damaged(`a name of ${size} bytes`);
    const bytes = this.#read(size);
    const end = bytes.indexOf(0);
    return decodeName(bytes.subarray(0, end < 0 ? size : end));
  }

  #put(header: Header, name: string, body: number): void {
    const type = TYPES[header.mode & S_IFMT];
    if (!type) throw this.#damaged(`${shown(name)} has the unknown mode 0${header.mode.toString(8)}`);
    const content = type === 'file' ? contentSlice(this.#archive, body, header.size) : undefined;
    const target = type === 'symlink' ? this.#target(name, body, header.size) : '';
    const key = `${header.device}:${header.ino}`;
    const first = type !== 'directory' && header.nlink > 1 ? this.#links.get(key) : undefined;
    if (first !== undefined && this.#link(header, name, first, content)) return;
    if (header.nlink > 1 && type !== 'directory') this.#links.set(key, name);
    placeEntry(this.#tree, tarHeader(header, type, name, target), this.#origin, content);
  }

  /** A further name of an inode. False when the first one is something else by now. */
  #link(header: Header, name: string, first: string, content: Content | undefined): boolean {
    const existing = this.#tree.get(first);
    if (existing?.type !== TYPES[header.mode & S_IFMT]) return false;
    const entry: Entry = placeEntry(this.#tree, tarHeader(header, 'link', name, first), this.#origin);
    if (entry.type === 'file' && content && content.size > 0) entry.content = content;
    return true;
  }

  #target(name: string, position: number, size: number): string {
    if (size >= PATH_MAX) throw this.#damaged(`the link ${shown(name)} has ${size} bytes`);
    const bytes = new Uint8Array(size);
    readFully(this.#reader, bytes, position);
    return decodeName(bytes);
  }

  #read(size: number): Buffer {
    if (this.#position + size > this.#archive.size) throw this.#damaged('it ends inside of a header');
    const bytes = Buffer.alloc(size);
    readFully(this.#reader, bytes, this.#position);
    this.#position += size;
    return bytes;
  }

  /** To the next multiple of 4 from the entry's start on; the last one may end without. */
  #align(start: number): void {
    const length = this.#position - start;
    this.#position = Math.min(this.#position + (-length & 3), this.#archive.size);
  }

  #damaged(why: string): RootlessBakeError {
    return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${this.#origin} is damaged or no cpio: ${why}`, {
      hint: 'download or make it again',
    });
  }

  #tooLarge(): RootlessBakeError {
    return new RootlessBakeError(
      'RB_ARCHIVE_TOO_LARGE',
      `${this.#origin} has more than ${this.#limit} entries`,
    );
  }
}

function tarHeader(header: Header, type: TarHeader['type'], name: string, linkname: string): TarHeader {
  return {
    type,
    name,
    linkname,
    mode: header.mode & 0o7777,
    uid: header.uid,
    gid: header.gid,
    uname: '',
    gname: '',
    size: header.size,
    mtime: BigInt(header.mtime) * 1_000_000_000n,
    major: header.major,
    minor: header.minor,
    xattrs: NO_XATTRS,
    pax: NO_RECORDS,
  };
}

/** Names are shown shortened. */
function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
