import { RootlessBakeError } from '../../errors.ts';
import type { Content, ContentSink } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import {
  type DirectoryEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  type Metadata,
  metadata,
  symlinkEntry,
} from '../../tree/entry.ts';
import { decodeName } from '../../tree/name.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { ContentChunks, smallContent } from '../content-chunks.ts';
import { NarStrings } from './strings.ts';

export interface NarOptions {
  /** Goes into every entry's origin. */
  readonly origin: string;
  /** Names the archive in errors; the origin unless told. */
  readonly what?: string;
  /** The most entries that are taken. Default {@link ENTRY_LIMIT}. */
  readonly entries?: number;
}

/** More entries than any file system holds in one root that is still of use. */
const ENTRY_LIMIT = 4_000_000;

/** So deep, `PATH_MAX` (linux/limits.h) is over. */
const DEPTH_LIMIT = 2048;

/** Files of at most this many bytes come into memory when read in place. */
const SMALL = 4096;

/** What a Nix store says of everything in it: 1 second after 1970, in nanoseconds. */
const MTIME = 1_000_000_000n;

/** Keeps the body of one file. */
type Keep = (body: AsyncIterable<Uint8Array>, size: number, position: number) => Promise<Content>;

/**
 * Reads a NAR, already decompressed, as what a Nix store makes of it: owners 0:0, directories and executable
 * files 0555, other files 0444, time 1. Bodies go to the sink.
 *
 * @throws RB_ARCHIVE_DAMAGED for everything that Nix does not write: unsorted or repeated names, `.` and `..`,
 *   slashes and NUL in names, padding other than zeros, data behind the end, a stream that ends early
 * @throws RB_ARCHIVE_TOO_LARGE beyond the limits
 */
export async function readNar(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sink: ContentSink,
  options: NarOptions,
): Promise<Entry> {
  return await read(new ChunkReader(chunks), (body) => sink.put(body), options);
}

/**
 * As {@link readNar}, with contents that are parts of the archive: bodies of larger files are neither read nor
 * copied. The archive must stay as it is for as long as the entry is used.
 */
export async function readNarInPlace(archive: Content, options: NarOptions): Promise<Entry> {
  const keep: Keep = async (body, size, position) =>
    size <= SMALL ? smallContent(body, size) : contentSlice(archive, position, size);
  return await read(new ChunkReader(new ContentChunks(archive)), keep, options);
}

async function read(reader: ChunkReader, keep: Keep, options: NarOptions): Promise<Entry> {
  try {
    return await new NarReader(reader, keep, options).read();
  } finally {
    await reader.close();
  }
}

class NarReader {
  readonly #reader: ChunkReader;
  readonly #strings: NarStrings;
  readonly #keep: Keep;
  readonly #meta: Metadata;
  readonly #what: string;
  #left: number;

  constructor(reader: ChunkReader, keep: Keep, { origin, what = origin, entries = ENTRY_LIMIT }: NarOptions) {
    this.#reader = reader;
    this.#strings = new NarStrings(reader, what);
    this.#keep = keep;
    this.#meta = metadata({ mode: 0o444, mtime: MTIME, origin });
    this.#what = what;
    this.#left = entries;
  }

  async read(): Promise<Entry> {
    await this.#strings.expect('nix-archive-1');
    const entry = await this.#node(0);
    if (await this.#reader.readSome(1)) throw this.#strings.damaged('there is something behind its end');
    return entry;
  }

  async #node(depth: number): Promise<Entry> {
    if (this.#left <= 0) throw this.#tooLarge('more entries than its limit allows');
    if (depth > DEPTH_LIMIT) throw this.#tooLarge(`more than ${DEPTH_LIMIT} directories within each other`);
    this.#left -= 1;
    const strings = this.#strings;
    await strings.expect('(', 'type');
    const type = await strings.token();
    switch (type) {
      case 'regular':
        return await this.#file();
      case 'directory':
        return await this.#directory(depth);
      case 'symlink': {
        await strings.expect('target');
        const target = await strings.target();
        await strings.expect(')');
        return symlinkEntry(target, this.#meta);
      }
      default:
        throw strings.damaged(`an entry is of the type ${JSON.stringify(type)}`);
    }
  }

  async #file(): Promise<Entry> {
    const strings = this.#strings;
    let token = await strings.token();
    const isExecutable = token === 'executable';
    if (isExecutable) {
      await strings.expect('');
      token = await strings.token();
    }
    if (token !== 'contents') throw strings.damaged(`${JSON.stringify(token)} where contents must be`);
    const size = await strings.length();
    const content = await this.#body(size);
    await strings.padding(size);
    await strings.expect(')');
    return fileEntry(content, { ...this.#meta, mode: isExecutable ? 0o555 : 0o444 });
  }

  async #body(size: number): Promise<Content> {
    const reader = this.#reader;
    const end = reader.position + size;
    const endsEarly = () => this.#strings.endsEarly();
    async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
      while (reader.position < end) {
        const part = await reader.readSome(end - reader.position);
        if (!part) throw endsEarly();
        yield part;
      }
    }
    const content = await this.#keep(body(), size, reader.position);
    // What is kept in place has not been read.
    if (!(await reader.skip(end - reader.position))) throw endsEarly();
    return content;
  }

  async #directory(depth: number): Promise<DirectoryEntry> {
    const strings = this.#strings;
    const directory = directoryEntry({ ...this.#meta, mode: 0o555 });
    let last: Uint8Array | undefined;
    for (let token = await strings.token(); token !== ')'; token = await strings.token()) {
      if (token !== 'entry') throw strings.damaged(`${JSON.stringify(token)} where entry must be`);
      await strings.expect('(', 'name');
      const name = await strings.name();
      if (last && Buffer.compare(last, name) >= 0) throw strings.damaged('names in it are not sorted');
      last = name;
      await strings.expect('node');
      directory.children.set(decodeName(name), await this.#node(depth + 1));
      await strings.expect(')');
    }
    return directory;
  }

  #tooLarge(why: string): RootlessBakeError {
    return new RootlessBakeError('RB_ARCHIVE_TOO_LARGE', `${this.#what} holds ${why}`, {
      hint: 'no honest archive is like that: do not use it',
    });
  }
}
