import { RootlessBakeError } from '../../errors.ts';
import { decodeName } from '../../tree/name.ts';
import type { ChunkReader } from '../chunk-reader.ts';

/** `NAME_MAX` and `PATH_MAX` of linux/limits.h, the latter with the NUL byte. */
const NAME_MAX = 255;
const PATH_MAX = 4096;

/** The longest token of the format. */
const TOKEN_MAX = 16;

/** Lengths and bodies are multiples of this, filled up with zeros. */
const ALIGNMENT = 8;

/** The strings that a NAR consists of: a length of 64 bits, little-endian, the bytes, and zeros to a multiple of 8. */
export class NarStrings {
  readonly #reader: ChunkReader;
  readonly #what: string;

  constructor(reader: ChunkReader, what: string) {
    this.#reader = reader;
    this.#what = what;
  }

  /** A word of the format. */
  async token(): Promise<string> {
    return Buffer.from(await this.#string(TOKEN_MAX)).toString('latin1');
  }

  /** @throws RB_ARCHIVE_DAMAGED when something else is next */
  async expect(...tokens: readonly string[]): Promise<void> {
    for (const wanted of tokens) {
      const token = await this.token();
      if (token !== wanted) throw this.damaged(`${JSON.stringify(token)} where ${wanted} must be`);
    }
  }

  /** The bytes of a name in a directory: no empty one, no `.` or `..`, no slash, no NUL. */
  async name(): Promise<Uint8Array> {
    const bytes = new Uint8Array(await this.#string(NAME_MAX));
    const name = Buffer.from(bytes).toString('latin1');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is the point
    if (!/^\.{0,2}$|[/\u0000]/.test(name)) return bytes;
    throw this.damaged(`an entry is named ${JSON.stringify(name)}`);
  }

  /** What a symbolic link leads to. */
  async target(): Promise<string> {
    const target = decodeName(await this.#string(PATH_MAX - 1));
    if (target !== '' && !target.includes('\0')) return target;
    throw this.damaged('a link has a target that is empty or holds a NUL byte');
  }

  /** The length of a body, which the reader stands in front of then. */
  async length(): Promise<number> {
    const bytes = await this.#exactly(ALIGNMENT);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`something in it has ${length} bytes`);
    return Number(length);
  }

  /** Reads what fills up a body of `length` bytes. */
  async padding(length: number): Promise<void> {
    const missing = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
    const bytes = await this.#exactly(missing);
    if (bytes.some((byte) => byte !== 0)) throw this.damaged('its padding is not of zeros');
  }

  damaged(why: string): RootlessBakeError {
    return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${this.#what} is damaged or no NAR: ${why}`, {
      hint: 'fetch it again, or from another binary cache',
    });
  }

  endsEarly(): RootlessBakeError {
    return this.damaged('it ends early');
  }

  async #string(limit: number): Promise<Uint8Array> {
    const length = await this.length();
    if (length > limit) throw this.damaged(`a name in it has ${length} bytes`);
    const bytes = await this.#exactly(length);
    await this.padding(length);
    return bytes;
  }

  async #exactly(length: number): Promise<Uint8Array> {
    const bytes = await this.#reader.read(length);
    if (bytes.length < length) throw this.endsEarly();
    return bytes;
  }
}
