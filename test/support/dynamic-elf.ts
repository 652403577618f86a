/** Builds little-endian ELF files with program headers and a dynamic section: all that a loader reads, and no code. */

export interface DynamicElfSpec {
  readonly class?: 32 | 64;
  readonly machine?: number;
  readonly interpreter?: string;
  readonly soname?: string;
  readonly needed?: readonly string[];
  readonly rpath?: string;
  readonly runpath?: string;
  /** `DT_FLAGS_1`. */
  readonly flags?: number;
}

const TAGS = { needed: 1, strtab: 5, soname: 14, rpath: 15, runpath: 29, flags: 0x6fff_fffb } as const;
/** Where the file is loaded to: an address that is not the position in the file. */
const ADDRESS = 0x40_0000;

export function buildDynamicElf(spec: DynamicElfSpec = {}): Buffer {
  const wide = (spec.class ?? 64) === 64;
  const word = wide ? 8 : 4;
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32];
  const strings: string[] = [''];
  const text = (value: string): number =>
    strings.push(value) && Buffer.byteLength(strings.slice(0, -1).join('\0')) + 1;
  const tags: [number, number][] = [
    ...(spec.needed ?? []).map((name): [number, number] => [TAGS.needed, text(name)]),
    ...(['soname', 'rpath', 'runpath'] as const).flatMap((key): [number, number][] =>
      spec[key] === undefined ? [] : [[TAGS[key], text(spec[key])]],
    ),
    ...(spec.flags === undefined ? [] : [[TAGS.flags, spec.flags] as [number, number]]),
  ];
  const segments = 3;
  const interpreter = Buffer.from(spec.interpreter === undefined ? '' : `${spec.interpreter}\0`);
  const interpreterAt = headerSize + segments * entrySize;
  const dynamicAt = Math.ceil((interpreterAt + interpreter.length) / 8) * 8;
  const dynamicSize = (tags.length + 2) * 2 * word;
  const stringsAt = dynamicAt + dynamicSize;
  const table = Buffer.from(`${strings.join('\0')}\0`);
  const file = Buffer.alloc(stringsAt + table.length);
  const put = (at: number, value: number): unknown =>
    wide ? file.writeBigUInt64LE(BigInt(value), at) : file.writeUInt32LE(value, at);

  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(spec.machine ?? 62, 18);
  put(wide ? 32 : 28, headerSize);
  file.writeUInt16LE(headerSize, wide ? 52 : 40);
  file.writeUInt16LE(entrySize, wide ? 54 : 42);
  file.writeUInt16LE(segments, wide ? 56 : 44);
  const segment = (index: number, type: number, at: number, size: number): void => {
    const header = headerSize + index * entrySize;
    file.writeUInt32LE(type, header);
    put(header + (wide ? 8 : 4), at);
    put(header + (wide ? 16 : 8), ADDRESS + at);
    put(header + (wide ? 32 : 16), size);
  };
  // A type of 0 is a header that is not used.
  segment(0, interpreter.length > 0 ? 3 : 0, interpreterAt, interpreter.length);
  segment(1, 1, 0, file.length);
  segment(2, 2, dynamicAt, dynamicSize);
  interpreter.copy(file, interpreterAt);
  for (const [index, [tag, value]] of [...tags, [TAGS.strtab, ADDRESS + stringsAt] as const].entries()) {
    put(dynamicAt + index * 2 * word, tag);
    put(dynamicAt + (index * 2 + 1) * word, value);
  }
  table.copy(file, stringsAt);
  return file;
}
