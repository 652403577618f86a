/** A section of a synthetic ELF file. */
export interface SectionSpec {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** `sh_type`; default 1, PROGBITS. */
  readonly type?: number;
  /** For NOBITS: the size it claims. */
  readonly size?: number;
}

export interface ElfSpec {
  readonly class: 32 | 64;
  readonly type?: number;
  readonly machine?: number;
  readonly sections: readonly SectionSpec[];
}

/** Builds a little-endian ELF file with sections and no program headers. */
export function buildElf({ class: elfClass, type = 3, machine = 62, sections }: ElfSpec): Buffer {
  const wide = elfClass === 64;
  const [headerSize, entrySize] = wide ? [64, 64] : [52, 40];
  const all = [...sections, { name: '.shstrtab', bytes: new Uint8Array(0), type: 3 }];
  const names = Buffer.from(`\0${all.map(({ name }) => `${name}\0`).join('')}`, 'latin1');
  const bodies = all.map((section) => (section.name === '.shstrtab' ? names : section.bytes));

  const chunks: Buffer[] = [];
  const table = Buffer.alloc(entrySize * (all.length + 1));
  let offset: number = headerSize;
  for (const [index, section] of all.entries()) {
    const body = bodies[index] ?? new Uint8Array(0);
    const at = entrySize * (index + 1);
    const size = section.size ?? body.length;
    table.writeUInt32LE(names.indexOf(`\0${section.name}\0`, 0, 'latin1') + 1, at);
    table.writeUInt32LE(section.type ?? 1, at + 4);
    if (wide) {
      table.writeBigUInt64LE(BigInt(offset), at + 24);
      table.writeBigUInt64LE(BigInt(size), at + 32);
    } else {
      table.writeUInt32LE(offset, at + 16);
      table.writeUInt32LE(size, at + 20);
    }
    const padded = Buffer.alloc(Math.ceil(body.length / 16) * 16);
    padded.set(body);
    chunks.push(padded);
    offset += padded.length;
  }

  const header = Buffer.alloc(headerSize);
  header.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  if (wide) header.writeBigUInt64LE(BigInt(offset), 40);
  else header.writeUInt32LE(offset, 32);
  header.writeUInt16LE(entrySize, wide ? 58 : 46);
  header.writeUInt16LE(all.length + 1, wide ? 60 : 48);
  header.writeUInt16LE(all.length, wide ? 62 : 50);
  return Buffer.concat([header, ...chunks, table]);
}
