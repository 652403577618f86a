/** What dynamic loaders read of an ELF file: program headers and the dynamic section, never the whole file. */
import { RootlessBakeError } from '../../errors.ts';
import { type Content, type ContentReader, readFully } from '../../tree/content.ts';
import { decodeName } from '../../tree/name.ts';
import { type ElfHeader, parseElfHeader } from './elf.ts';

/** What a program or library says about how it is to be loaded. Names and paths are in the spelling of tree/name.ts. */
export interface ElfDynamic {
  readonly class: 32 | 64;
  /** `e_machine`. */
  readonly machine: number;
  /** Of the program's dynamic loader (`PT_INTERP`); absent in libraries and static programs. */
  readonly interpreter?: string;
  /** `DT_SONAME`. */
  readonly soname?: string;
  /** `DT_NEEDED`, in their order: names, or paths when they have a slash. */
  readonly needed: readonly string[];
  /** `DT_RPATH` as it is written: folders with colons between them. */
  readonly rpath?: string;
  /** `DT_RUNPATH`, likewise. */
  readonly runpath?: string;
  /** `DF_1_NODEFLIB`: the loader's own folders are not searched. */
  readonly noDefaultFolders: boolean;
}

/** `p_type` (System V ABI, chapter 5; `PT_*` in elf.h). */
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
/** `d_tag` (`DT_*` in elf.h). */
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
const DT_FLAGS_1 = 0x6fff_fffb;
/** Of `DT_FLAGS_1`. */
const DF_1_NODEFLIB = 0x800;

/** More than any program has, so that a hostile one costs little. */
const MAX_PROGRAM_HEADERS = 1024;
const MAX_DYNAMIC_BYTES = 1 << 20;
const MAX_NEEDED = 4096;
/** `PATH_MAX` of linux/limits.h. */
const MAX_TEXT = 4096;
/** Holds the header, the program headers and the interpreter of almost all files. */
const HEAD = 1024;

const MAGIC = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46);

/**
 * Reads what a dynamic loader would. A file without program headers needs nothing.
 *
 * @returns undefined when the content is no ELF file
 * @throws RB_ELF_INVALID, RB_ELF_TRUNCATED, RB_ELF_UNSUPPORTED (big-endian)
 */
export function readElfDynamic(content: Content): ElfDynamic | undefined {
  if (content.size < MAGIC.length) return undefined;
  const reader = content.open();
  try {
    const file = new ElfWindow(reader, content.size);
    return file.startsWith(MAGIC) ? new DynamicReader(file).read() : undefined;
  } finally {
    reader.close();
  }
}

/** Pieces of a file whose end is known. */
class ElfWindow {
  readonly size: number;
  readonly #reader: ContentReader;
  readonly #head: Buffer;

  constructor(reader: ContentReader, size: number) {
    this.#reader = reader;
    this.size = size;
    this.#head = Buffer.alloc(Math.min(HEAD, size));
    readFully(reader, this.#head, 0);
  }

  get head(): Buffer {
    return this.#head;
  }

  startsWith(magic: Uint8Array): boolean {
    return this.#head.subarray(0, magic.length).equals(magic);
  }

  bytes(position: number, length: number, what: string): Buffer {
    if (position + length > this.size) {
      throw new RootlessBakeError(
        'RB_ELF_TRUNCATED',
        `${what} at ${position} to ${position + length} lies beyond the end of the ELF file (${this.size} bytes)`,
      );
    }
    if (position + length <= this.#head.length) return this.#head.subarray(position, position + length);
    const bytes = Buffer.alloc(length);
    readFully(this.#reader, bytes, position);
    return bytes;
  }

  /** A text that ends with a NUL, or where the file does. */
  text(position: number, what: string): string {
    for (const length of [256, MAX_TEXT]) {
      const bytes = this.bytes(position, Math.max(0, Math.min(length, this.size - position)), what);
      const end = bytes.indexOf(0);
      if (end >= 0) return decodeName(bytes.subarray(0, end));
    }
    throw new RootlessBakeError('RB_ELF_INVALID', `${what} at ${position} of the ELF file has no end`);
  }
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  /** Of its bytes in the file. */
  readonly size: number;
}

class DynamicReader {
  readonly #file: ElfWindow;
  readonly #header: ElfHeader;
  readonly #wide: boolean;

  constructor(file: ElfWindow) {
    this.#file = file;
    this.#header = parseElfHeader(file.head);
    this.#wide = this.#header.class === 64;
  }

  read(): ElfDynamic {
    const segments = this.#segments();
    const interpreter = segments.find(({ type }) => type === PT_INTERP);
    const tags = this.#tags(segments.find(({ type }) => type === PT_DYNAMIC));
    const one = (wanted: number) => tags.find(([tag]) => tag === wanted)?.[1];
    const strings = tags.length > 0 ? one(DT_STRTAB) : undefined;
    const text = (offset: bigint) => {
      if (strings === undefined) throw invalid('its dynamic section names no string table');
      return this.#file.text(offsetOf(strings + offset, segments), 'a name of the dynamic section');
    };
    const named = <K extends string>(key: K, tag: number) => {
      const offset = one(tag);
      return offset === undefined ? {} : ({ [key]: text(offset) } as Record<K, string>);
    };
    const needed = tags.filter(([tag]) => tag === DT_NEEDED);
    if (needed.length > MAX_NEEDED) throw invalid(`it needs ${needed.length} libraries`);
    return {
      class: this.#header.class,
      machine: this.#header.machine,
      ...(interpreter && { interpreter: this.#file.text(interpreter.offset, 'the interpreter') }),
      ...named('soname', DT_SONAME),
      needed: needed.map(([, offset]) => text(offset)),
      ...named('rpath', DT_RPATH),
      ...named('runpath', DT_RUNPATH),
      noDefaultFolders: ((one(DT_FLAGS_1) ?? 0n) & BigInt(DF_1_NODEFLIB)) !== 0n,
    };
  }

  #segments(): Segment[] {
    const { programTableOffset, programTableEntrySize, programCount } = this.#header;
    if (programTableOffset === 0 || programCount === 0) return [];
    const wide = this.#wide;
    if (programTableEntrySize < (wide ? 56 : 32) || programCount > MAX_PROGRAM_HEADERS)
      throw invalid(`it has ${programCount} program headers of ${programTableEntrySize} bytes`);
    const length = programCount * programTableEntrySize;
    const table = this.#file.bytes(programTableOffset, length, 'the program header table');
    return Array.from({ length: programCount }, (_, index) => {
      const header = table.subarray(index * programTableEntrySize);
      return {
        type: header.readUInt32LE(0),
        offset: Number(word(header, wide ? 8 : 4, wide)),
        address: word(header, wide ? 16 : 8, wide),
        size: Number(word(header, wide ? 32 : 16, wide)),
      };
    });
  }

  /** Pairs of tag and value, up to the one that ends them. */
  #tags(segment: Segment | undefined): [tag: number, value: bigint][] {
    if (!segment || segment.size === 0) return [];
    if (segment.size > MAX_DYNAMIC_BYTES) throw invalid(`it has a dynamic section of ${segment.size} bytes`);
    const bytes = this.#file.bytes(segment.offset, segment.size, 'the dynamic section');
    const length = this.#wide ? 8 : 4;
    const tags: [number, bigint][] = [];
    for (let at = 0; at + 2 * length <= bytes.length; at += 2 * length) {
      const tag = Number(word(bytes, at, this.#wide));
      if (tag === DT_NULL) break;
      tags.push([tag, word(bytes, at + length, this.#wide)]);
    }
    return tags;
  }
}

/** Where in the file an address of memory lies. */
function offsetOf(address: bigint, segments: readonly Segment[]): number {
  for (const { type, offset, address: start, size } of segments) {
    if (type === PT_LOAD && address >= start && address < start + BigInt(size))
      return offset + Number(address - start);
  }
  throw invalid(`nothing of it is loaded to the address 0x${address.toString(16)}`);
}

function word(bytes: Buffer, at: number, wide: boolean): bigint {
  return wide ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUInt32LE(at));
}

function invalid(why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ELF_INVALID', `the ELF file cannot be loaded: ${why}`);
}
