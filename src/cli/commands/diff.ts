import { ERROR_EXIT_CODES, RootlessBakeError } from '../../errors.ts';
import { ASPECTS, type Aspect, type Difference, diffTrees } from '../../inspect/diff.ts';
import { type BlockDifferences, diffBlocks } from '../../inspect/diff-blocks.ts';
import type { OpenedImage } from '../../inspect/image.ts';
import { escapeName } from '../../inspect/listing.ts';
import type { Content } from '../../tree/content.ts';
import type { CommandResult, Context } from '../command.ts';
import { differenceLine } from '../difference-lines.ts';
import { type LookOptions, treeOf, withImage } from '../image-options.ts';

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
  return await withImage(before, options, host, async (one) =>
    withImage(after, options, host, async (other) => {
      if (options.block) return blockResult(await diffBlocks(contentOf(one), contentOf(other), host));
      const [left, right] = [await treeOf(one, options), await treeOf(other, options)];
      return treeResult(await diffTrees(left, right, { ignore }, host));
    }),
  );
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
