import { ERROR_EXIT_CODES, RootlessBakeError } from '../../errors.ts';
import { ASPECTS, type Aspect, type Difference, diffTrees } from '../../inspect/diff.ts';
import { type BlockDifferences, diffBlocks } from '../../inspect/diff-blocks.ts';
import type { OpenedImage } from '../../inspect/image.ts';
import { escapeName } from '../../inspect/listing.ts';
import type { Content } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import type { CommandResult, Context } from '../command.ts';
import { differenceLine } from '../difference-lines.ts';
import { checkPlatform, type LookOptions, openToLook, treeOf } from '../image-options.ts';
import { refuseUseless } from '../useless.ts';

export interface DiffCommandOptions extends LookOptions {
  readonly ignore?: readonly string[];
  readonly block?: boolean;
}

/** That of a verification that has failed. */
const EXIT_DIFFERENT = ERROR_EXIT_CODES.RB_NOT_REPRODUCIBLE;

/** Compares what two images hold, or their bytes; the exit code tells whether they differ. */
export async function diffCommand(
  before: string,
  after: string,
  options: DiffCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const ignore = (options.ignore ?? []).flatMap((text) => text.split(',')).map(aspect);
  if (options.block) {
    const flags = ['--ignore', '--partition', '--platform'];
    refuseUseless(options, flags, '--block compares all bytes', 'leave --block out, or what is beside it');
  }
  const one = await openToLook(before, options, host);
  try {
    const other = await openToLook(after, options, host);
    try {
      if (options.block) return blockResult(await diffBlocks(contentOf(one), contentOf(other), host));
      checkPlatform(options, one, other);
      const [left, right] = [await sideOf(one, other, options), await sideOf(other, one, options)];
      return treeResult(await diffTrees(left, right, { ignore }, host));
    } finally {
      other.close();
    }
  } finally {
    one.close();
  }
}

/** A partition is that of the one side that has some, or of both. */
async function sideOf(image: OpenedImage, other: OpenedImage, options: LookOptions): Promise<Tree> {
  const isOthers = !image.partitionTable && other.partitionTable !== undefined;
  if (!isOthers) return await treeOf(image, options);
  const { partition: _, ...rest } = options;
  return await treeOf(image, rest);
}

function treeResult(differences: readonly Difference[]): CommandResult {
  const equal = differences.length === 0;
  return {
    text: differences.map((difference) => `${differenceLine(difference)}\n`).join(''),
    brief: differences.map(({ path }) => `${escapeName(path)}\n`).join(''),
    json: { equal, differences },
    ...(!equal && { exitCode: EXIT_DIFFERENT }),
  };
}

function blockResult({ ranges, bytes, truncated, sizes }: BlockDifferences): CommandResult {
  const equal = bytes === 0;
  const lines = ranges.map(({ position, length }) => `${position} ${length}\n`);
  const more = truncated ? `… and more: ${bytes} bytes in all\n` : '';
  const text = `${lines.join('')}${more}`;
  return {
    text,
    brief: text,
    json: { equal, ranges, bytes, truncated, sizes },
    ...(!equal && { exitCode: EXIT_DIFFERENT }),
  };
}

function aspect(text: string): Aspect {
  const found = ASPECTS.find((name) => name === text.trim());
  if (found) return found;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is nothing that can be ignored`, {
    hint: `give one of ${ASPECTS.join(', ')}`,
  });
}

function contentOf({ content, path }: OpenedImage): Content {
  if (content) return content;
  throw new RootlessBakeError('RB_ARGUMENT', `${path} is a folder: it has no blocks`, {
    hint: 'leave --block out, or compare image files',
  });
}
