import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EPOCH, type FileSystemChoice, writeImage } from '../support/ext4-image.ts';
import { ITEMS, itemPath, itemsTree } from '../support/ext4-items.ts';
import { JUDGE_NEEDS, JUDGES, judgeImage, type Verdicts } from '../support/ext4-judges.ts';
import { LARGE_ITEMS } from '../support/ext4-large-items.ts';
import { VerdictTable } from '../support/ext4-table.ts';
import { oracle } from '../support/oracle.ts';

const FILE_SYSTEMS: readonly FileSystemChoice[] = (['ext2', 'ext3', 'ext4'] as const).flatMap((type) =>
  ([1024, 2048, 4096] as const).map((blockSize) => ({ type, blockSize })),
);

/** Findings of one judge that a failure shows. */
const SHOWN = 5;

oracle(JUDGE_NEEDS)('what a Linux root can hold, written by us', () => {
  const table = new VerdictTable();
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-items-'));
  const image = join(folder, 'image');
  afterAll(() => {
    rmSync(folder, { recursive: true });
    process.stdout.write(
      `\nWritten by us; in how many file systems each judge finds it equal:\n\n${table}\n\n`,
    );
  });

  /** Notes what each judge says of a row, and gives all that is wrong. */
  function note(row: string, verdicts: Verdicts, concerns: (finding: string) => boolean): string[] {
    return JUDGES.flatMap((judge) => {
      const found = verdicts[judge].filter(concerns);
      table.add(row, judge, found.length === 0);
      return found.slice(0, SHOWN).map((finding) => `${judge}: ${finding}`);
    });
  }

  describe.each(titled(FILE_SYSTEMS, fileSystemTitle))('%s', (_, choice) => {
    let verdicts: Verdicts;
    beforeAll(async () => {
      const tree = itemsTree(choice.blockSize);
      await writeImage(image, tree, choice);
      verdicts = await judgeImage(image, tree, { blockSize: choice.blockSize, epoch: EPOCH });
      rmSync(image);
    });

    it.each(titled(ITEMS, ({ name }) => name))('%s', (_, item) => {
      // What is not about a path of some item is about all of them.
      const own = itemPath(item);
      const others = ITEMS.map(itemPath).filter((path) => path !== own);
      const concerns = (finding: string): boolean =>
        !others.some((path) => /^[/\n]/.test(finding.slice(path.length)) && finding.startsWith(path));
      expect(note(item.name, verdicts, concerns)).toEqual([]);
    });
  });

  describe.each(titled(LARGE_ITEMS, ({ name }) => name))('%s', (_, item) => {
    it.each(titled(item.fileSystems, fileSystemTitle))('%s', async (_, choice) => {
      const tree = await item.write(image, choice);
      try {
        const verdicts = await judgeImage(image, tree, { blockSize: choice.blockSize, epoch: EPOCH });
        expect(note(item.name, verdicts, () => true)).toEqual([]);
        expect(await item.proof(image)).toEqual(item.proven);
      } finally {
        rmSync(image);
      }
    });
  });
});

/** Rows for `each`: what a test is called, and what it is about. */
function titled<T>(list: readonly T[], title: (one: T) => string): [title: string, one: T][] {
  return list.map((one) => [title(one), one]);
}

function fileSystemTitle({ type, blockSize }: FileSystemChoice): string {
  return `${type}, blocks of ${blockSize}`;
}
