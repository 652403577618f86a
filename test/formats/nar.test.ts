import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNar, readNarInPlace } from '../../src/formats/nar/index.ts';
import { bytesContent, memorySink, readContent } from '../../src/tree/content.ts';
import type { Entry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { type NarNode, nar, narString } from '../support/nar.ts';
import { runs } from '../support/seed.ts';

const OPTIONS = { origin: 'nix thing', what: 'thing.nar' };
const LARGE = 'large '.repeat(5000);

const GOOD: NarNode = {
  folder: [
    ['bin', { folder: [['run', { file: '#!/bin/sh\n', executable: true }]] }],
    ['empty', { file: '' }],
    ['large', { file: LARGE }],
    ['link', { link: '../bin/run' }],
    ['not \xff utf8', { file: 'eight by' }],
    ['void', { folder: [] }],
  ],
};

function listing(entry: Entry): string[] {
  const tree = new Tree();
  tree.set('/x', entry);
  return [...tree.walk('/x')].map(({ path, entry: found }) => {
    const { type, mode, uid, gid, mtime, origin } = found;
    const holds =
      found.type === 'file' ? hash(readContent(found.content)) : found.type === 'symlink' ? found.target : '';
    return `${JSON.stringify(path)} ${type} ${mode.toString(8)} ${uid}:${gid} ${mtime} ${origin} ${holds}`.trim();
  });
}

const hash = (bytes: Uint8Array) =>
  `${bytes.length} ${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`;

/** Both ways to read, which must not differ, and the bytes in pieces of any size. */
async function read(bytes: Uint8Array, piece = 7): Promise<Entry> {
  function* pieces(): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const outcome = async (work: Promise<Entry>) => work.then(listing, (error: unknown) => String(error));
  const inPlace = await outcome(readNarInPlace(bytesContent(bytes), OPTIONS));
  expect(await outcome(readNar(pieces(), memorySink, OPTIONS))).toEqual(inPlace);
  return await readNar([bytes], memorySink, OPTIONS);
}

test('a NAR gives what a Nix store makes of it', async () => {
  expect(listing(await read(nar(GOOD)))).toMatchInlineSnapshot(`
    [
      ""/x" directory 555 0:0 1000000000 nix thing",
      ""/x/bin" directory 555 0:0 1000000000 nix thing",
      ""/x/bin/run" file 555 0:0 1000000000 nix thing 10 a8076d3d",
      ""/x/empty" file 444 0:0 1000000000 nix thing 0 e3b0c442",
      ""/x/large" file 444 0:0 1000000000 nix thing 30000 d97fecc2",
      ""/x/link" symlink 777 0:0 1000000000 nix thing ../bin/run",
      ""/x/not \\udcff utf8" file 444 0:0 1000000000 nix thing 8 c4ac5b81",
      ""/x/void" directory 555 0:0 1000000000 nix thing",
    ]
  `);
  expect(listing(await read(nar({ link: '/nix/store' }), 1))).toEqual([
    '"/x" symlink 777 0:0 1000000000 nix thing /nix/store',
  ]);
});

test('the bytes of the format are those of the manual', () => {
  expect(nar({ file: 'hi\n' }).toString('hex')).toBe(
    [
      '0d000000000000006e69782d617263686976652d31000000', // nix-archive-1
      '01000000000000002800000000000000', // (
      '04000000000000007479706500000000', // type
      '0700000000000000726567756c617200', // regular
      '0800000000000000636f6e74656e7473', // contents
      '030000000000000068690a0000000000',
      '01000000000000002900000000000000', // )
    ].join(''),
  );
});

test('larger files are parts of the archive, when read in place', async () => {
  const archive = bytesContent(nar(GOOD));
  const entry = await readNarInPlace({ ...archive, place: { file: '/store/blob', position: 100 } }, OPTIONS);
  const large = entry.type === 'directory' ? entry.children.get('large') : undefined;
  const position = Buffer.from(archive.bytes!).indexOf('large large');
  expect(large?.type === 'file' && large.content.place).toEqual({
    file: '/store/blob',
    position: 100 + position,
  });
});

describe('what Nix does not write is refused', () => {
  const folder = (...names: string[]) => nar({ folder: names.map((name) => [name, { file: '' }]) });
  const words = (...texts: string[]) => Buffer.concat(texts.map(narString));
  const patched = (bytes: Buffer, at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return copy;
  };
  const hi = nar({ file: 'hi\n' });
  const huge = Buffer.alloc(8, 0xff);

  test.each<[string, Buffer]>([
    ['names that are not sorted', folder('b', 'a')],
    ['names in the order of letters, not bytes', folder('a', 'B')],
    ['a name twice', folder('a', 'a')],
    ['an empty name', folder('')],
    ['the name .', folder('.')],
    ['the name ..', folder('..')],
    ['a name with a slash', folder('a/b')],
    ['a name with NUL', folder('a\0b')],
    ['a name that is too long', folder('a'.repeat(256))],
    ['an empty target', nar({ link: '' })],
    ['a target with NUL', nar({ link: 'a\0' })],
    ['a target that is too long', nar({ link: 'a'.repeat(4096) })],
    ['padding that is not zero', patched(hi, hi.length - 17, 1)],
    ['padding of a word that is not zero', patched(hi, 23, 1)],
    ['another magic', words('nix-archive-2', '(', 'type', 'directory', ')')],
    ['another type', words('nix-archive-1', '(', 'type', 'fifo', ')')],
    [
      'an executable that is not marked as Nix does',
      words('nix-archive-1', '(', 'type', 'regular', 'executable', 'x', 'contents', '', ')'),
    ],
    ['a file without contents', words('nix-archive-1', '(', 'type', 'regular', ')')],
    ['an entry that is none', words('nix-archive-1', '(', 'type', 'directory', 'entrx', ')')],
    [
      'a length beyond all files',
      Buffer.concat([words('nix-archive-1', '(', 'type', 'regular', 'contents'), huge]),
    ],
    ['a body that is longer than the archive', patched(hi, hi.length - 26, 1)],
    ['something behind the end', Buffer.concat([hi, Buffer.alloc(8)])],
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>404 Not Found</html>')],
    [
      'too many directories within each other',
      Buffer.concat([
        narString('nix-archive-1'),
        ...Array.from({ length: 3000 }, () =>
          words('(', 'type', 'directory', 'entry', '(', 'name', 'a', 'node'),
        ),
      ]),
    ],
  ])('%s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: expect.stringMatching(/^RB_ARCHIVE_(DAMAGED|TOO_LARGE)$/),
      message: expect.stringContaining('thing.nar'),
    });
  });

  test('every early end', async () => {
    const whole = nar(GOOD);
    for (let length = 0; length < whole.length; length += length < 2000 ? 1 : 997) {
      await expect(readNarInPlace(bytesContent(whole.subarray(0, length)), OPTIONS)).rejects.toMatchObject({
        code: 'RB_ARCHIVE_DAMAGED',
      });
    }
  });

  test('more entries than the limit', async () => {
    await expect(readNarInPlace(bytesContent(nar(GOOD)), { ...OPTIONS, entries: 7 })).rejects.toMatchObject({
      code: 'RB_ARCHIVE_TOO_LARGE',
    });
    await readNarInPlace(bytesContent(nar(GOOD)), { ...OPTIONS, entries: 8 });
  });
});

test('random bytes, and random changes, end in an entry or an error of ours', async () => {
  const good = nar(GOOD);
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), async (at, value) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      const outcome = await readNarInPlace(bytesContent(bytes), OPTIONS).catch((error: unknown) => error);
      expect(outcome).toSatisfy(
        (result: object) => 'mtime' in result || ('code' in result && /^RB_/.test(String(result.code))),
      );
    }),
    { numRuns: runs(300) },
  );
});
