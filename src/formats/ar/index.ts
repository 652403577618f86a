/** The `ar` archive that holds the parts of a Debian package: ar(5), and GNU binutils' include/aout/ar.h. */
import { RootlessBakeError } from '../../errors.ts';
import { ChunkReader } from '../chunk-reader.ts';

const MAGIC = '!<arch>\n';
const HEADER = 60;
const HEADER_END = '`\n';

export interface ArEntry {
  readonly name: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The body, once, before the next entry is asked for; what is not read is passed over. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads an ar archive.
 *
 * @param what names the archive in errors
 * @throws RB_ARCHIVE_DAMAGED when it is none or is cut off
 */
export async function* arEntries(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<ArEntry, void, undefined> {
  const reader = new ChunkReader(chunks);
  try {
    if (latin1(await reader.read(MAGIC.length)) !== MAGIC) throw damaged(what, 'it has not the magic of ar');
    for (let header = await reader.read(HEADER); header.length > 0; header = await reader.read(HEADER)) {
      const { name, size } = decodeHeader(header, what);
      const end = reader.position + size;
      yield { name, size, body: body(reader, end, what) };
      const passed = await reader.skip(end - reader.position);
      if (!passed) throw damaged(what, `it ends inside of ${name}`);
      // Bodies begin at even offsets; the last one's padding may be missing.
      if (size % 2 === 1) await reader.skip(1);
    }
  } finally {
    await reader.close();
  }
}

async function* body(
  reader: ChunkReader,
  end: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  while (reader.position < end) {
    const part = await reader.readSome(end - reader.position);
    if (!part) throw damaged(what, 'it ends inside of an entry');
    yield part;
  }
}

function decodeHeader(header: Uint8Array, what: string): { name: string; size: number } {
  const text = latin1(header);
  const size = text.slice(48, 58).trimEnd();
  if (header.length < HEADER || text.slice(58) !== HEADER_END || !/^\d+$/.test(size)) {
    throw damaged(what, 'a header is malformed or cut off');
  }
  return { name: text.slice(0, 16).trimEnd().replace(/\/$/, ''), size: Number(size) };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function damaged(what: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is damaged or no ar archive: ${why}`, {
    hint: 'download it again',
  });
}
