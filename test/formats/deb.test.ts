import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { arEntries } from '../../src/formats/ar/index.ts';
import { parseControl, readDeb } from '../../src/formats/deb/index.ts';
import { bytesContent, memorySink, readContent } from '../../src/tree/content.ts';
import { type ArMember, arArchive, debianPackage } from '../support/ar-archive.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

async function list(bytes: Uint8Array): Promise<string[]> {
  const seen: string[] = [];
  for await (const { name, size, body } of arEntries([bytes], 'test.a')) {
    const text = name === 'skipped' ? '' : Buffer.from(readContent(await memorySink.put(body))).toString();
    seen.push(`${name} ${size} ${text}`);
  }
  return seen;
}

describe('ar', () => {
  const members: ArMember[] = [
    ['odd', 'abc'],
    ['skipped', 'skip me'],
    ['gnu/', 'even'],
  ];

  test('gives names without GNU’s slash, and bodies at even offsets', async () => {
    expect(await list(arArchive(members))).toEqual(['odd 3 abc', 'skipped 7 ', 'gnu 4 even']);
    expect(await list(arArchive([]))).toEqual([]);
  });

  test('fails wherever it is cut inside of a member', async () => {
    const whole = arArchive(members);
    const ends = [8, 8 + 64, 8 + 64 + 68, whole.length, 8 + 63, 8 + 64 + 67];
    for (let length = 0; length < whole.length; length += 1) {
      const cut = list(whole.subarray(0, length));
      if (ends.includes(length)) await expect(cut).resolves.toBeDefined();
      else await expect(cut, `${length}`).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
  });

  test('fails on a header that is none', async () => {
    for (const position of [8 + 50, 8 + 58, 8 + 59]) {
      const bytes = arArchive(members);
      bytes[position] = 0x78;
      await expect(list(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
  });
});

describe('control data', () => {
  test('stanzas and continuation lines', () => {
    const [first, second] = parseControl(
      'Package: a\nVersion: 1:2-3\nDepends: b (= 1), c | d, e:any\nDescription: one\n two\n .\n\n\nPackage: b\n',
    );
    expect([first?.get('Version'), first?.get('Description'), second?.get('Package')]).toEqual([
      '1:2-3',
      'one\ntwo\n.',
      'b',
    ]);
  });
});

describe('a Debian package', () => {
  const read = (bytes: Uint8Array) => readDeb(bytesContent(bytes), memorySink, { origin: 'package x' });
  const control = tarBlocks([{ name: './control', body: 'Package: hello\nVersion: 1.0\n' }]);
  const data = tarBlocks([
    { typeflag: '5', name: './usr/' },
    { name: './usr/hello', body: 'hi' },
  ]);

  test.each([
    ['not compressed', '', (bytes: Buffer) => bytes],
    ['by gzip', '.gz', (bytes: Buffer) => gzipSync(bytes)],
  ])('%s', async (_, extension, compress) => {
    const deb = debianPackage([
      [`control.tar${extension}`, compress(control)],
      ['_extra', 'ignored'],
      [`data.tar${extension}`, compress(data)],
    ]);
    const { control: fields, tree } = await read(deb);
    expect([...fields]).toEqual([
      ['Package', 'hello'],
      ['Version', '1.0'],
    ]);
    expect([...tree.walk()].map(({ path, entry }) => `${path} ${entry.origin}`)).toEqual([
      '/ package x',
      '/usr package x',
      '/usr/hello package x',
    ]);
  });

  test.each([
    ['no package', arArchive([['hello', 'x']])],
    ['without data', debianPackage([['control.tar', control]])],
    ['without control', debianPackage([['data.tar', data]])],
    [
      'nameless',
      debianPackage([
        ['control.tar', tarBlocks([{ name: 'control', body: 'A: b\n' }])],
        ['data.tar', data],
      ]),
    ],
    [
      'with damaged data',
      debianPackage([
        ['control.tar', control],
        ['data.tar.gz', gzipSync(data).subarray(0, 60)],
      ]),
    ],
  ])('%s is refused', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
  });

  test('of another format is refused', async () => {
    const deb = arArchive([['debian-binary', '3.0\n']]);
    await expect(read(deb)).rejects.toMatchObject({ code: 'RB_ARCHIVE_UNSUPPORTED', message: /format 3\.0/ });
  });
});
