import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type BlockDevice, fileDevice } from 'ext2fs-wasm';
import type { Tree } from '../../src/tree/tree.ts';
import { type Description, differences } from './describe-tree.ts';
import { DEBUGFS_TOOLS, describeWithDebugfs } from './ext4-debugfs.ts';
import { describeExpected, type FileSystemFacts } from './ext4-facts.ts';
import { describeWithKernel, KERNEL_TOOLS } from './ext4-kernel.ts';
import { describeWithReader } from './ext4-reader.ts';
import type { Needs } from './oracle.ts';
import { run } from './run.ts';

/** Who looks at a file system, each without the others. */
export const JUDGES = ['e2fsck', 'debugfs', 'kernel', 'reader'] as const;

export type Judge = (typeof JUDGES)[number];

/** What each judge has to object: nothing, or a finding per entry. */
export type Verdicts = Readonly<Record<Judge, readonly string[]>>;

/** What {@link judgeImage} needs of the machine, for `oracle`. */
export const JUDGE_NEEDS: Needs = { tools: ['e2fsck', ...DEBUGFS_TOOLS, ...KERNEL_TOOLS], root: true };

/** Asks every judge whether the file system in a file holds the tree, all of it, and nothing else. */
export async function judgeImage(image: string, tree: Tree, fileSystem: FileSystemFacts): Promise<Verdicts> {
  const { blockSize } = fileSystem;
  const expected = describeExpected(tree, fileSystem);
  const compare = async (description: Promise<Description>): Promise<string[]> => {
    try {
      return differences(await description, expected);
    } catch (error) {
      return [String(error)];
    }
  };
  const [e2fsck, debugfs, kernel, reader] = await Promise.all([
    runE2fsck(image),
    compare(describeWithDebugfs(image, blockSize)),
    compare(describeWithKernel(image, blockSize)),
    compare(withDevice(image, (device) => describeWithReader(device))),
  ]);
  return { e2fsck, debugfs, kernel, reader };
}

/** All objections in a row, each with the name of its judge. */
export function objections(verdicts: Verdicts): string[] {
  return JUDGES.flatMap((judge) => verdicts[judge].map((finding) => `${judge}: ${finding}`));
}

async function runE2fsck(image: string): Promise<string[]> {
  try {
    await run('e2fsck', ['-fn', image], { messages: /^e2fsck [^\n]*\n$/ });
    return [];
  } catch (error) {
    return [String(error)];
  }
}

async function withDevice<T>(image: string, use: (device: BlockDevice) => Promise<T>): Promise<T> {
  const fd = openSync(image, 'r');
  try {
    return await use(fileDevice({ readSync, writeSync }, fd, { size: fstatSync(fd).size }));
  } finally {
    closeSync(fd);
  }
}
