import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { readTar, writeTar } from '../../src/formats/tar/index.ts';
import { memorySink } from '../../src/tree/content.ts';
import { paxRecord, type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const read = (bytes: Uint8Array, limits?: { entries: number; bytes: number }) =>
  readTar([bytes], memorySink, { origin: 'evil.tar', ...(limits && { limits }) });

const pax = (key: string, value: string): TarBlock => ({ typeflag: 'x', body: paxRecord(key, value) });
const symlink = (name: string, linkname: string): TarBlock => ({ typeflag: '2', name, linkname });
const hardlink = (name: string, linkname: string): TarBlock => ({ typeflag: '1', name, linkname });
const file = (name: string): TarBlock => ({ name, body: 'x' });

const REFUSED: readonly (readonly [string, ErrorCode, readonly TarBlock[]])[] = [
  ['a name that climbs out', 'RB_PATH_INVALID', [file('../etc/passwd')]],
  ['a name that climbs in the middle', 'RB_PATH_INVALID', [file('a/../../b')]],
  ['a PAX name that climbs out', 'RB_PATH_INVALID', [pax('path', '../x'), file('ok')]],
  ['a PAX name with a NUL byte', 'RB_PATH_INVALID', [pax('path', 'a\0b'), file('ok')]],
  ['a GNU long name that climbs out', 'RB_PATH_INVALID', [{ typeflag: 'L', body: '../x\0' }, file('ok')]],
  ['a name longer than Linux takes', 'RB_PATH_INVALID', [pax('path', 'd/'.repeat(2500)), file('ok')]],
  ['a file in place of the root', 'RB_PATH_INVALID', [file('./')].map((block) => ({ ...block, name: '.' }))],
  ['a hard link that climbs out', 'RB_PATH_INVALID', [hardlink('a', '../etc/shadow')]],
  ['a hard link to nothing', 'RB_ARCHIVE_DAMAGED', [hardlink('a', '/etc/shadow')]],
  ['a hard link to a directory', 'RB_ARCHIVE_DAMAGED', [{ typeflag: '5', name: 'd/' }, hardlink('a', 'd')]],
  ['a hard link to the root', 'RB_ARCHIVE_DAMAGED', [hardlink('a', '/')]],
  ['a hard link to itself', 'RB_ARCHIVE_DAMAGED', [hardlink('a', 'a')]],
  ['a link without target', 'RB_PATH_INVALID', [symlink('a', '')]],
  ['a link target with a NUL byte', 'RB_PATH_INVALID', [pax('linkpath', 'a\0b'), symlink('a', 'b')]],
  ['a file below a file', 'RB_TREE_CONFLICT', [file('a'), file('a/b')]],
  ['a file below a link to nowhere', 'RB_TREE_CONFLICT', [symlink('a', '/nowhere'), file('a/b')]],
  [
    'a file below links that go round',
    'RB_TREE_CONFLICT',
    [symlink('a', 'b'), symlink('b', 'a'), file('a/x')],
  ],
  ['a file over a full directory', 'RB_TREE_CONFLICT', [file('d/x'), file('d')]],
  ['a sparse file of an unknown kind', 'RB_ARCHIVE_UNSUPPORTED', [{ name: 'a', typeflag: 'S' }]],
  ['a sparse file without its map', 'RB_ARCHIVE_DAMAGED', [pax('GNU.sparse.major', '1'), file('a')]],
  ['a part of a multi-volume archive', 'RB_ARCHIVE_UNSUPPORTED', [{ name: 'a', typeflag: 'M' }]],
  ['an unknown type', 'RB_ARCHIVE_UNSUPPORTED', [{ name: 'a', typeflag: 'Z' }]],
  ['a negative size', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', size: -512 }]],
  ['a negative owner', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', uid: -1 }]],
  ['an owner over 32 bits', 'RB_ARCHIVE_DAMAGED', [pax('uid', '4294967296'), file('a')]],
  ['an owner that is no number', 'RB_ARCHIVE_DAMAGED', [pax('gid', 'root'), file('a')]],
  ['a size that is no number', 'RB_ARCHIVE_DAMAGED', [pax('size', '1e3'), file('a')]],
  ['a time that is none', 'RB_ARCHIVE_DAMAGED', [pax('mtime', 'noon'), file('a')]],
  [
    'a PAX record longer than its header',
    'RB_ARCHIVE_DAMAGED',
    [{ typeflag: 'x', body: '99 a=b\n' }, file('a')],
  ],
  ['a PAX record of length 0', 'RB_ARCHIVE_DAMAGED', [{ typeflag: 'x', body: '0 a=b\n' }, file('a')]],
  ['a PAX record without =', 'RB_ARCHIVE_DAMAGED', [{ typeflag: 'x', body: '6 abc\n' }, file('a')]],
  ['a PAX header of 2 GiB', 'RB_ARCHIVE_DAMAGED', [{ typeflag: 'x', size: 2 ** 31 }, file('a')]],
  ['a PAX header and nothing behind it', 'RB_ARCHIVE_DAMAGED', [pax('path', 'a')]],
  ['a body that is not there', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', size: 2 ** 40 }]],
];

describe('a hostile tar', () => {
  test.each(REFUSED)('with %s is refused: %s', async (_, code, blocks) => {
    const limits = { entries: 1000, bytes: 2 ** 50 };
    await expect(read(tarBlocks(blocks), limits)).rejects.toMatchObject({ code });
  });

  test('cannot write through a link that leads out', async () => {
    const tree = await read(
      tarBlocks([
        { typeflag: '5', name: 'etc/' },
        symlink('out', '../../../../etc'),
        { name: 'out/passwd', body: 'x' },
        { name: '/absolute', body: 'x' },
      ]),
    );
    expect([...tree.walk()].map(({ path }) => path)).toEqual([
      '/',
      '/absolute',
      '/etc',
      '/etc/passwd',
      '/out',
    ]);
  });

  test('replaces a link by a file instead of writing through it', async () => {
    const tree = await read(tarBlocks([file('target'), symlink('a', 'target'), { name: 'a', body: 'new' }]));
    expect(tree.get('/a')?.type).toBe('file');
    expect(tree.get('/target')).toMatchObject({ content: { size: 1 } });
  });

  test('named like a property of every object is only a name', async () => {
    const tree = await read(tarBlocks([file('__proto__'), file('constructor/__proto__')]));
    expect([...tree.root.children.keys()]).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('content');
  });

  test('is bounded in entries and bytes', async () => {
    const blocks = tarBlocks([file('a'), file('b'), file('c')]);
    const code = 'RB_ARCHIVE_TOO_LARGE';
    await expect(read(blocks, { entries: 2, bytes: 100 })).rejects.toMatchObject({ code });
    await expect(read(blocks, { entries: 3, bytes: 2 })).rejects.toMatchObject({ code });
    expect((await read(blocks, { entries: 3, bytes: 3 })).root.children.size).toBe(3);
  });
});

describe('a damaged tar', () => {
  const whole = tarBlocks([pax('path', 'a-long-name'), { name: 'a', body: 'x'.repeat(700) }, file('b')]);

  test('is refused wherever it is cut inside of an entry', async () => {
    const ends = new Set([512 * 5, 512 * 7]);
    for (let length = 0; length < 512 * 7; length += 64) {
      const cut = read(whole.subarray(0, length));
      if (ends.has(length)) expect((await cut).root.children.size).toBeGreaterThan(0);
      else await expect(cut, `${length}`).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
    // Without any padding, as umoci writes.
    expect((await read(whole.subarray(0, 512 * 3 + 700))).root.children.size).toBe(1);
  });

  test('is refused when a header is changed', async () => {
    for (const position of [0, 100, 148, 156, 512 * 2 + 124]) {
      const bytes = Buffer.from(whole);
      bytes[position]! ^= 1;
      await expect(read(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
  });

  test('is refused when it is something else', async () => {
    const page = Buffer.from('<!DOCTYPE html>'.repeat(100));
    await expect(read(page)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED', message: /does not begin/ });
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ message: /it is empty/ });
  });

  test('gives its source back', async () => {
    let closed = false;
    const source = (async function* () {
      try {
        yield Buffer.alloc(600, 1);
        yield whole;
      } finally {
        closed = true;
      }
    })();
    await expect(readTar(source, memorySink, { origin: 'x' })).rejects.toThrow();
    expect(closed).toBe(true);
  });
});

test('a failing content fails the writer', async () => {
  const tree = await read(tarBlocks([file('a')]));
  Object.assign(tree.get('/a')!, {
    content: { size: 10, open: () => ({ read: () => 0, close: () => undefined }) },
  });
  const write = async () => {
    for await (const _ of writeTar(tree));
  };
  await expect(write()).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
});
