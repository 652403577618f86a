import { counted } from '../../counted.ts';
import { extractPaths } from '../../inspect/extract.ts';
import { formatSize } from '../../recipe/size.ts';
import type { CommandResult, Context } from '../command.ts';
import { type LookOptions, treeOf, withImage } from '../image-options.ts';

export interface ExtractCommandOptions extends LookOptions {
  readonly output: string;
  readonly force?: boolean;
}

/** Writes paths of an image, and all below them, into a folder. */
export async function extractCommand(
  path: string,
  names: readonly string[],
  options: ExtractCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const { output, force = false } = options;
  return await withImage(path, options, host, async (image) => {
    const tree = await treeOf(image, options);
    const extracted = await extractPaths(tree, names, { output, image: path, force }, host);
    return {
      text: `${output}: ${counted(extracted.paths.length, 'entry', 'entries')}, ${formatSize(extracted.bytes)}\n`,
      brief: `${output}\n`,
      json: { output, ...extracted },
    };
  });
}
