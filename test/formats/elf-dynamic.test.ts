import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ElfDynamic,
  readElfDynamic,
  readLoaderCache,
  readLoaderPaths,
} from '../../src/formats/elf/index.ts';
import { bytesContent, type Content } from '../../src/tree/content.ts';
import { buildDynamicElf } from '../support/dynamic-elf.ts';
import { buildElf } from '../support/elf-builder.ts';
import { runs } from '../support/seed.ts';

const read = (bytes: Uint8Array): ElfDynamic | undefined => readElfDynamic(bytesContent(bytes));
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe.each([32, 64] as const)('what a loader reads of an ELF%i file', (bits) => {
  const spec = {
    class: bits,
    machine: 40,
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    soname: 'libme.so.1',
    needed: ['libc.so.6', '/opt/own.so', 'libm.so.6'],
    rpath: '/a:$ORIGIN/b',
    runpath: '/c',
  };
  const file = buildDynamicElf(spec);

  it('is all there', () => {
    expect(read(file)).toEqual({ ...spec, noDefaultFolders: false });
    expect(read(buildDynamicElf({ class: bits, flags: 0x800 }))).toMatchObject({ noDefaultFolders: true });
    expect(read(buildDynamicElf({ class: bits, flags: 0x1 }))).toMatchObject({ noDefaultFolders: false });
  });

  it('is nothing in a file without program headers', () => {
    const nothing = { class: bits, machine: 62, needed: [], noDefaultFolders: false };
    expect(read(buildElf({ class: bits, sections: [] }))).toEqual(nothing);
  });

  it('is refused when the file is cut', () => {
    for (let length = 4; length < file.length - 1; length += 1) {
      expect(() => read(file.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^RB_ELF_(?:INVALID|TRUNCATED)$/) }),
      );
    }
  });

  it('throws nothing but its own errors on damage, and reads little', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(0xffff), (at, value, counts) => {
        const copy = Buffer.concat([file, Buffer.alloc(100_000, 1)]);
        copy[at] = value;
        copy.writeUInt16LE(counts, bits === 64 ? 56 : 44);
        let total = 0;
        const content: Content = {
          size: copy.length,
          open: () => ({
            read: (target, position) => {
              total += target.length;
              return copy.copy(target, 0, position);
            },
            close: () => {},
          }),
        };
        try {
          readElfDynamic(content);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^RB_ELF_/));
        }
        expect(total).toBeLessThan(250_000);
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('other files', () => {
  it.each([
    ['nothing', ''],
    ['a script', '#!/bin/sh\n'],
    ['half a magic', '\x7fEL'],
  ])('are no ELF files: %s', (_, text) => {
    expect(read(Buffer.from(text, 'latin1'))).toBeUndefined();
  });

  it('of an ELF that loaders would refuse are refused', () => {
    const file = buildDynamicElf({ needed: ['a'] });
    const many = Buffer.from(file);
    many.writeUInt16LE(0xffff, 56);
    expect(() => read(many)).toThrow(code('RB_ELF_INVALID'));
    const elsewhere = Buffer.from(file);
    // Nothing is loaded: the string table's address is nowhere in the file.
    elsewhere.writeUInt32LE(0, 64 + 56);
    expect(() => read(elsewhere)).toThrow(code('RB_ELF_INVALID'));
    const needy = buildDynamicElf({ needed: Array.from({ length: 5000 }, () => '') });
    expect(() => read(needy)).toThrow(code('RB_ELF_INVALID'));
    expect(() => read(buildDynamicElf({ needed: ['a'.repeat(5000)] }))).toThrow(code('RB_ELF_INVALID'));
  });
});

describe('the folders of a loader', () => {
  const loader = (...texts: string[]): Uint8Array => Buffer.from(`\x7fELF\x01\0${texts.join('\0')}\0`);

  it('are in its own file, for glibc', () => {
    const bytes = loader(
      '/proc/self/',
      '/lib/x86_64-linux-gnu/',
      '/usr/lib/',
      '',
      'x',
      '/etc/ld.so.cache',
      'y',
    );
    // What stands directly before them would be one of them.
    const list = loader('one', '/lib/x86_64-linux-gnu/', '/usr/lib/', '', '/etc/ld.so.cache', 'y');
    expect(readLoaderPaths(list)).toEqual({
      family: 'glibc',
      folders: ['/lib/x86_64-linux-gnu/', '/usr/lib/'],
      file: '/etc/ld.so.cache',
    });
    expect(readLoaderPaths(bytes)?.folders).toEqual([]);
  });

  it('are in its own file, for musl', () => {
    const bytes = loader(
      '/usr/local/bin:/bin:/usr/bin',
      '%.*s/etc/ld-musl-x86_64.path',
      '/lib:/usr/local/lib:/usr/lib',
    );
    expect(readLoaderPaths(bytes)).toEqual({
      family: 'musl',
      folders: ['/lib', '/usr/local/lib', '/usr/lib'],
      file: '/etc/ld-musl-x86_64.path',
    });
  });

  it('are not in other files', () => {
    expect(readLoaderPaths(loader('/lib/', '/usr/lib/'))).toBeUndefined();
  });
});

describe('the cache of glibc’s loader', () => {
  const cache = (
    entries: readonly (readonly [string, string, bigint?])[],
    count = entries.length,
  ): Buffer => {
    const texts = entries.map(([name, path]) => `${name}\0${path}\0`).join('');
    const start = 48 + 24 * entries.length;
    const header = Buffer.alloc(start);
    header.write('glibc-ld.so.cache1.1');
    header.writeUInt32LE(count, 20);
    let offset = start;
    const put = (at: number, text: string): void => {
      header.writeUInt32LE(offset, at);
      offset += Buffer.byteLength(text) + 1;
    };
    for (const [index, [name, path, hwcap = 0n]] of entries.entries()) {
      put(48 + 24 * index + 4, name);
      put(48 + 24 * index + 8, path);
      header.writeBigUInt64LE(hwcap, 48 + 24 * index + 16);
    }
    return Buffer.concat([header, Buffer.from(texts)]);
  };
  const entries = [
    ['liba.so', '/lib/liba.so'],
    ['liba.so', '/lib/glibc-hwcaps/x86-64-v3/liba.so', 1n << 62n],
    ['liba.so', '/usr/lib32/liba.so'],
    ['libb.so', '/opt/libb.so'],
  ] as const;
  const expected = new Map([
    ['liba.so', ['/lib/liba.so', '/usr/lib32/liba.so']],
    ['libb.so', ['/opt/libb.so']],
  ]);

  it('gives the paths of each name, without those for some processors only', () => {
    expect(readLoaderCache(cache(entries))).toEqual(expected);
  });

  it('may stand behind one in the old format', () => {
    const old = Buffer.alloc(16 + 3 * 12 + 4);
    old.write('ld.so-1.7.0');
    old.writeUInt32LE(3, 12);
    expect(readLoaderCache(Buffer.concat([old, cache(entries)]))).toEqual(expected);
  });

  it('is bounded by its size, whatever it says', () => {
    expect(readLoaderCache(cache(entries, 0xffff_ffff)).get('libb.so')).toEqual(['/opt/libb.so']);
    const whole = cache(entries);
    for (let length = 0; length < whole.length; length += 1) {
      expect(readLoaderCache(whole.subarray(0, length)).size, `${length} bytes`).toBeLessThanOrEqual(2);
    }
    expect(readLoaderCache(Buffer.from('something else'))).toEqual(new Map());
  });
});
