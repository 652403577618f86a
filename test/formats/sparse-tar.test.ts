import { describe, expect, test } from 'vitest';
import { readTar, tarEntries } from '../../src/formats/tar/index.ts';
import { dataRanges, memorySink, readContent } from '../../src/tree/content.ts';
import type { FileEntry } from '../../src/tree/entry.ts';
import { type Piece, SPARSE_FORMATS, type SparseParts, sparseBlocks } from '../support/sparse-blocks.ts';
import { paxRecord, tarBlocks } from '../support/tar-blocks.ts';

type Format = (typeof SPARSE_FORMATS)[number];

const AFTER = { name: 'after', body: 'next' };

async function read(archive: Uint8Array) {
  const tree = await readTar([archive], memorySink, { origin: 'test' });
  return (path: string) => (tree.get(path) as FileEntry).content;
}

const archive = (format: Format, parts: SparseParts): Buffer =>
  tarBlocks([...sparseBlocks(format, 'dir/file', parts), AFTER]);

/** Pieces of one byte between holes of one byte, as archives made to be awkward have them. */
const MANY: Piece[] = Array.from({ length: 60 }, (_, index) => [2 * index + 1, 1]);

describe.each(SPARSE_FORMATS)('a sparse file in GNU format %s', (format) => {
  test('keeps data and holes in their places', async () => {
    const pieces: Piece[] = [
      [512, 3],
      [4096, 513],
    ];
    const body = `abc${'d'.repeat(513)}`;
    const file = await read(archive(format, { pieces: [...pieces, [10_000, 0]], size: 10_000, body }));
    const content = file('/dir/file');
    expect(content.size).toBe(10_000);
    expect(content.data).toEqual([
      { position: 512, length: 3 },
      { position: 4096, length: 513 },
    ]);
    const expected = Buffer.alloc(10_000);
    expected.write('abc', 512);
    expected.fill('d', 4096, 4096 + 513);
    expect(Buffer.compare(readContent(content), expected)).toBe(0);
    expect(Buffer.from(readContent(file('/after'))).toString()).toBe('next');
  });

  test('may have no data, or no holes', async () => {
    const empty = (await read(archive(format, { pieces: [[5000, 0]], size: 5000, body: '' })))('/dir/file');
    expect(empty).toMatchObject({ size: 5000, data: [] });
    expect(Buffer.from(readContent(empty)).equals(Buffer.alloc(5000))).toBe(true);
    const pieces: Piece[] = [
      [0, 2],
      [2, 3],
    ];
    const full = (await read(archive(format, { pieces, size: 5, body: 'abcde' })))('/dir/file');
    expect(dataRanges(full)).toEqual([{ position: 0, length: 5 }]);
    expect(Buffer.from(readContent(full)).toString()).toBe('abcde');
  });

  test('may have more pieces than a header holds, and is read from any position', async () => {
    const body = MANY.map((_, index) => String.fromCharCode(65 + index)).join('');
    const content = (await read(archive(format, { pieces: MANY, size: 200, body })))('/dir/file');
    const expected = Buffer.alloc(200);
    for (const [index, [position]] of MANY.entries()) expected[position] = 65 + index;
    expect(content.data).toHaveLength(60);
    expect(Buffer.compare(readContent(content), expected)).toBe(0);
    const reader = content.open();
    const byte = new Uint8Array(1);
    for (let at = 199; at >= 0; at -= 1) {
      expect(reader.read(byte, at)).toBe(1);
      expect(byte[0]).toBe(expected[at]);
    }
    expect(reader.read(byte, 200)).toBe(0);
    reader.close();
  });

  test.each<[string, SparseParts]>([
    [
      'pieces that overlap',
      {
        pieces: [
          [0, 3],
          [2, 2],
        ],
        size: 9,
        body: 'abcde',
      },
    ],
    [
      'pieces out of order',
      {
        pieces: [
          [4, 2],
          [0, 2],
        ],
        size: 9,
        body: 'abcd',
      },
    ],
    ['a piece beyond the end', { pieces: [[8, 2]], size: 9, body: 'ab' }],
    [
      'a last mark beyond the end',
      {
        pieces: [
          [0, 2],
          [12, 0],
        ],
        size: 9,
        body: 'ab',
      },
    ],
    ['less data than the map tells', { pieces: [[0, 4]], size: 9, body: 'ab' }],
    ['more data than the map tells', { pieces: [[0, 1]], size: 9, body: 'ab' }],
    ['data and no map', { pieces: [], size: 9, body: 'ab' }],
  ])('is damaged with %s', async (_, parts) => {
    await expect(read(archive(format, parts))).rejects.toMatchObject({
      code: 'RB_ARCHIVE_DAMAGED',
      message: expect.stringMatching(/the map of the sparse file "dir\/file" /),
    });
  });

  test('is damaged wherever it is cut off', async () => {
    const body = MANY.map(() => 'x').join('');
    const whole = tarBlocks(sparseBlocks(format, 'file', { pieces: MANY, size: 200, body }), false);
    for (let end = 512; end < whole.length; end += 512) {
      await expect(read(whole.subarray(0, end))).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
  });

  test('counts with its holes', async () => {
    const parts = { pieces: [[0, 1]] as Piece[], size: 2 ** 32, body: 'x' };
    const limits = { entries: 10, bytes: 2 ** 31 };
    await expect(
      readTar([archive(format, parts)], memorySink, { origin: 'test', limits }),
    ).rejects.toMatchObject({ code: 'RB_ARCHIVE_TOO_LARGE' });
  });
});

describe('the map of a sparse file', () => {
  const record = (key: string, value: string) => paxRecord(`GNU.sparse.${key}`, value);
  const withRecords = (body: string, ...records: string[]) =>
    tarBlocks([
      { typeflag: 'x', body: records.join('') },
      { name: 'file', body },
    ]);
  const version1 = [record('major', '1'), record('minor', '0'), record('realsize', '9')];
  const twoPieces = [record('size', '9'), record('numblocks', '2')];

  test.each<[string, Buffer]>([
    ['has a number that is none', withRecords('1\n0\nx\n'.padEnd(512, '\0'), ...version1)],
    ['has an empty number', withRecords('1\n\n1\n'.padEnd(512, '\0'), ...version1)],
    ['has a number of 17 digits', withRecords(`1\n${'1'.repeat(17)}\n1\n`.padEnd(512, '\0'), ...version1)],
    ['is longer than the body', withRecords(`9\n${'1\n'.repeat(255)}`, ...version1)],
    ['is not there', withRecords('', ...version1)],
    ['comes without a size', withRecords('0\n'.padEnd(512, '\0'), ...version1.slice(0, 2))],
    ['has half a piece', withRecords('ab', ...twoPieces, record('map', '0,1,2'))],
    ['has less pieces than told', withRecords('ab', ...twoPieces, record('map', '0,2'))],
    [
      'has a piece without length',
      withRecords('ab', ...twoPieces, record('offset', '0'), record('offset', '1')),
    ],
    ['begins with a length', withRecords('ab', ...twoPieces, record('numbytes', '0'), record('offset', '1'))],
    ['has signs', withRecords('ab', ...twoPieces, record('map', '-1,1,2,1'))],
  ])('is refused when it %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
  });

  test('is bounded in its number of pieces', async () => {
    const count = (1 << 20) + 1;
    const map = `${count}\n${'1\n0\n'.repeat(count)}`;
    const bytes = withRecords(map.padEnd(Math.ceil(map.length / 512) * 512, '\0'), ...version1);
    await expect(read(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_TOO_LARGE' });
  });

  test.each([
    ['a version to come', withRecords('', record('major', '2'), record('minor', '0'))],
    ["star's own kind", tarBlocks([{ name: 'file', typeflag: 'S' }])],
  ])('is not read of %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'RB_ARCHIVE_UNSUPPORTED' });
  });

  test('is told with the entry, whose body holds the data alone', async () => {
    const parts = { pieces: [[3, 2]] as Piece[], size: 9, body: 'ab' };
    for (const format of SPARSE_FORMATS) {
      const seen: unknown[] = [];
      for await (const { header, body } of tarEntries([archive(format, parts)], { what: 'test' })) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        seen.push([header.name, header.size, header.data, Buffer.concat(chunks).toString()]);
      }
      expect(seen).toEqual([
        ['dir/file', 9, [{ position: 3, length: 2 }], 'ab'],
        ['after', 4, undefined, 'next'],
      ]);
    }
  });
});
