import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfFileSize, elfSection, elfSectionBytes, parseElf } from '../../src/formats/elf/index.ts';
import { buildElf } from '../support/elf-builder.ts';

const text = (value: string): Uint8Array => Buffer.from(value);
const code = (code: string): unknown => expect.objectContaining({ code });

describe.each([32, 64] as const)('an ELF%i file', (elfClass) => {
  const file = buildElf({
    class: elfClass,
    type: 1,
    machine: 3,
    sections: [
      { name: '.text', bytes: text('code') },
      { name: '.modinfo', bytes: text('name=x\0') },
      { name: '.bss', bytes: new Uint8Array(0), type: 8, size: 1 << 30 },
    ],
  });

  it('gives header, sections and their bytes', () => {
    const elf = parseElf(file);
    expect(elf.header).toMatchObject({ class: elfClass, type: 1, machine: 3, sectionCount: 5 });
    expect(elf.sections.map(({ name }) => name)).toEqual(['', '.text', '.modinfo', '.bss', '.shstrtab']);
    const section = elfSection(elf, '.modinfo')!;
    expect(Buffer.from(elfSectionBytes(elf, section)).toString()).toBe('name=x\0');
    expect(elfSection(elf, '.data')).toBeUndefined();
  });

  it('has no bytes in .bss', () => {
    const elf = parseElf(file);
    expect(elfSectionBytes(elf, elfSection(elf, '.bss')!)).toHaveLength(0);
  });

  it('knows its own end when more follows', () => {
    expect(elfFileSize(parseElf(Buffer.concat([file, Buffer.alloc(1000)])))).toBe(file.length);
  });

  it('may lie anywhere in a larger buffer', () => {
    const moved = Buffer.concat([Buffer.alloc(3), file]).subarray(3);
    expect(parseElf(moved).sections).toEqual(parseElf(file).sections);
  });

  it('reads counts that are too large for the header from section 0', () => {
    const copy = Buffer.from(file);
    const wide = elfClass === 64;
    const table = Number(wide ? copy.readBigUInt64LE(40) : copy.readUInt32LE(32));
    copy.writeUInt16LE(0, wide ? 60 : 48);
    copy.writeUInt16LE(0xffff, wide ? 62 : 50);
    copy.writeUInt32LE(5, table + (wide ? 32 : 20));
    copy.writeUInt32LE(4, table + (wide ? 40 : 24));
    expect(parseElf(copy).sections.slice(1)).toEqual(parseElf(file).sections.slice(1));
  });

  it('is refused when cut anywhere before its end', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => parseElf(file.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: length < 16 ? 'RB_ELF_INVALID' : 'RB_ELF_TRUNCATED' }),
      );
    }
  });

  it('is refused when a section reaches beyond the end', () => {
    const elf = parseElf(file);
    const section = { ...elfSection(elf, '.text')!, size: file.length };
    expect(() => elfSectionBytes(elf, section)).toThrow(code('RB_ELF_TRUNCATED'));
    expect(() => elfSectionBytes(elf, { ...section, offset: Number.POSITIVE_INFINITY })).toThrow(
      code('RB_ELF_TRUNCATED'),
    );
  });

  it('throws nothing but its own errors on damage', () => {
    fc.assert(
      fc.property(
        fc.nat(file.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(63),
        (at, value, header) => {
          const copy = Buffer.from(file);
          copy[at] = value;
          copy[Math.max(16, header % 52)] = value;
          try {
            const elf = parseElf(copy);
            for (const section of elf.sections) elfSectionBytes(elf, section);
            elfFileSize(elf);
          } catch (error) {
            expect(error).toHaveProperty('code', expect.stringMatching(/^RB_ELF_/));
          }
        },
      ),
    );
  });
});

describe('other files', () => {
  const with5 = (at: number, value: number): Buffer => {
    const file = buildElf({ class: 64, sections: [] });
    file[at] = value;
    return file;
  };

  it.each([
    ['nothing', Buffer.alloc(0), 'RB_ELF_INVALID'],
    ['a script', Buffer.from('#!/bin/sh\necho not a program\n'), 'RB_ELF_INVALID'],
    ['an unknown class', with5(4, 3), 'RB_ELF_INVALID'],
    ['big-endian', with5(5, 2), 'RB_ELF_UNSUPPORTED'],
    ['section headers too small', with5(58, 8), 'RB_ELF_INVALID'],
    ['names in a section that is not there', with5(62, 77), 'RB_ELF_INVALID'],
  ])('are refused: %s', (_what, file, errorCode) => {
    expect(() => parseElf(file)).toThrow(code(errorCode));
  });

  it('without a section table have no sections', () => {
    const file = Buffer.alloc(64);
    file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect(parseElf(file).sections).toEqual([]);
    expect(elfFileSize(parseElf(file))).toBe(0);
  });
});
