/** The schema of `bake.filesystem`, and what it has to do with the rest of `bake`. */

import { RootlessBakeError } from '../errors.ts';
import { blockSizeOf, type FileSystemChoices } from '../ext4/format-options.ts';
import * as z from '../vendor/zod.ts';
import { checked, checkedNumber, issueOf, run } from './checked.ts';
import * as values from './filesystem-values.ts';
import { invalid } from './invalid.ts';
import { uuid } from './values.ts';

export const headroom: z.ZodType<string | number, string | number> = checkedNumber(values.headroom);

export const filesystem: z.ZodType<FileSystemChoices> = z
  .strictObject({
    type: z
      .enum(['ext2', 'ext3', 'ext4'], { error: 'must be ext2, ext3 or ext4' })
      .optional()
      .describe('Its kind. Default: ext4.'),
    blockSize: checkedNumber(values.blockSize)
      .optional()
      .describe('1024, 2048 or 4096 bytes. Default: 4096.'),
    features: z
      .array(checked(values.feature))
      .optional()
      .describe('Features to add, or with ^ in front to take away, by their names in ext4(5).'),
    journal: z
      .union([z.literal(false), z.string(), z.number()], { error: 'must be a size such as 16M, or false' })
      .transform((value, context) => (value === false ? value : run(value, context, values.journal)))
      .optional()
      .describe("Size of the journal, whole MiB; false: none. Default: mke2fs's choice from the size."),
    inodes: checkedNumber(values.inodes)
      .optional()
      .describe("How many inodes. Default: mke2fs's choice from the size, or as many as are needed."),
    bytesPerInode: checkedNumber(values.bytesPerInode)
      .optional()
      .describe('One inode for this many bytes, instead of a number of inodes.'),
    inodeSize: checkedNumber(values.inodeSize).optional().describe('128 or 256 bytes. Default: 256.'),
    reserved: checkedNumber(values.reserved)
      .optional()
      .describe('Space that only root may fill, percent. Default: 5.'),
    hashSeed: checked(uuid)
      .optional()
      .describe("Seed of directory hashes, a UUID. Default: derived from the file system's UUID."),
  })
  .superRefine((choices, context) =>
    checkChoices(choices as FileSystemChoices, context),
  ) as unknown as z.ZodType<FileSystemChoices>;

interface CheckedBake {
  readonly size: number | 'auto';
  readonly headroom?: string | number | undefined;
  readonly filesystem?: FileSystemChoices | undefined;
}

/** What single values of `bake` cannot tell: the size and its headroom, and what SYSLINUX cannot boot from. */
export function checkBake({ size, headroom, filesystem = {} }: CheckedBake, context: z.RefinementCtx): void {
  refuse(context, ['headroom'], () => {
    if (headroom !== undefined && size !== 'auto')
      throw invalid('headroom is for images whose size is found', 'write size: auto');
  });
  for (const [index, name] of (filesystem.features ?? []).entries())
    refuse(context, ['filesystem', 'features', index], () => values.checkBootable(name));
}

/** Choices that exclude each other. */
function checkChoices(choices: FileSystemChoices, context: z.RefinementCtx): void {
  const { inodes, bytesPerInode, journal } = choices;
  refuse(context, ['bytesPerInode'], () => {
    if (inodes !== undefined && bytesPerInode !== undefined)
      throw invalid('inodes and bytesPerInode both choose the number of inodes', 'leave one of them out');
  });
  refuse(context, ['journal'], () => {
    if (journal) values.checkJournal(journal, blockSizeOf(choices));
  });
}

/** Makes an issue of what a check of ours throws. */
function refuse(context: z.RefinementCtx, path: PropertyKey[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof RootlessBakeError)) throw error;
    context.issues.push(issueOf(error, context.value, path));
  }
}
