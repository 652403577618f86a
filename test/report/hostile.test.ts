/** Damaged file systems: a report or a typed error, and an end to it. */
import { beforeAll, expect, it } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { renderPage } from '../../src/report/page/page.ts';
import { reportData } from '../../src/report/report-data.ts';
import { testHost } from '../support/host.ts';
import { numbers, runs, seedFor } from '../support/seed.ts';
import { KINDS, smallFileSystem } from '../support/small-ext4.ts';
import { bytesImage } from '../support/tree-image.ts';

const { host } = testHost();
const SUPERBLOCK = 1024;
/** Superblock, group descriptors and what follows them. */
const METADATA = 64 << 10;

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const image = await bytesImage(bytes);
    try {
      const data = await reportData(image, {}, host);
      const { fileSystem, runs } = data.fileSystems[0]!;
      const end = runs.at(-1)!.offset + runs.at(-1)!.length;
      expect(end).toBe(fileSystem.size);
      expect(await renderPage(data, () => undefined)).toContain('</html>');
      return 'report';
    } finally {
      image.close();
    }
  } catch (error) {
    if (error instanceof RootlessBakeError) return error.code;
    throw error;
  }
}

let small: Uint8Array;
beforeAll(async () => {
  small = await smallFileSystem(KINDS['ext2']!);
});

it('takes every number of the superblock', async () => {
  const outcomes = new Set<string>();
  for (let at = SUPERBLOCK; at < SUPERBLOCK + 264; at += 4) {
    for (const value of [0, 0xffff_ffff, 0x7fff_0000]) {
      const bytes = Uint8Array.from(small);
      new DataView(bytes.buffer).setUint32(at, value, true);
      outcomes.add(await outcome(bytes));
    }
  }
  expect([...outcomes].sort()).toEqual(expect.arrayContaining(['RB_EXT4_UNREADABLE', 'report']));
});

it('takes other bytes in the metadata', async () => {
  const random = numbers(seedFor('damage of a report'));
  const outcomes = new Set<string>();
  for (let round = 0; round < runs(80); round += 1) {
    const bytes = Uint8Array.from(small);
    for (let edit = 0; edit < 4; edit += 1) bytes[SUPERBLOCK + 1024 + random(METADATA)] = random(256);
    outcomes.add(await outcome(bytes));
  }
  expect(outcomes).toContain('report');
});
