import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSpool, type Spool } from '../../src/store/spool.ts';
import { contentChunks, readContent } from '../../src/tree/content.ts';

describe('spool', () => {
  let directory: string;
  let spool: Spool;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rb-spool-test-'));
    spool = createSpool(directory);
  });

  afterEach(() => {
    spool.close();
    rmSync(directory, { recursive: true });
  });

  const pattern = (length: number, seed: number) => Buffer.alloc(length, `${seed}-abcdefg`);

  test('leaves no name in the folder', () => {
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([0, 1, 4096, 4097, 3_000_000])('gives back %i bytes', async (size) => {
    const bytes = pattern(size, size);
    const content = await spool.put([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)]);
    expect(content.size).toBe(size);
    expect(Buffer.compare(readContent(content), bytes)).toBe(0);
    expect(Buffer.compare(Buffer.concat([...contentChunks(content, 1000)]), bytes)).toBe(0);
  });

  test('small contents are copies and take no place in the file', async () => {
    const chunk = pattern(100, 1);
    const content = await spool.put([chunk]);
    chunk.fill(0);
    expect(Buffer.compare(readContent(content), pattern(100, 1))).toBe(0);
    expect(spool.size).toBe(0);
  });

  test('contents that are put at the same time do not mix', async () => {
    async function* slowly(seed: number) {
      for (let index = 0; index < 5; index += 1) {
        await new Promise(setImmediate);
        yield pattern(3000 + seed, seed);
      }
    }
    const contents = await Promise.all([1, 2, 3].map((seed) => spool.put(slowly(seed))));
    for (const [index, content] of contents.entries()) {
      const seed = index + 1;
      const expected = Buffer.concat(Array.from({ length: 5 }, () => pattern(3000 + seed, seed)));
      expect(Buffer.compare(readContent(content), expected)).toBe(0);
      const reader = content.open();
      const part = new Uint8Array(10);
      expect(reader.read(part, 9500)).toBe(10);
      expect(Buffer.from(part)).toEqual(expected.subarray(9500, 9510));
      expect(reader.read(part, content.size)).toBe(0);
    }
  });

  test('says so when there is no room for it', () => {
    const spoolNowhere = () => createSpool(join(directory, 'nowhere'));
    expect(spoolNowhere).toThrow(expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }));
  });

  test('says so when it is used after its end', async () => {
    const content = await spool.put([pattern(10_000, 1)]);
    spool.close();
    spool.close();
    expect(() => readContent(content)).toThrow(expect.objectContaining({ code: 'RB_INTERNAL' }));
    await expect(spool.put([pattern(10_000, 1)])).rejects.toMatchObject({ code: 'RB_INTERNAL' });
  });
});
