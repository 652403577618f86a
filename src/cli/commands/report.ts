import { dirname } from 'node:path';
import { checkFileOutput } from '../../disk/image-file.ts';
import { cook } from '../../library.ts';
import { writeReport } from '../../look.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { formatSize } from '../../recipe/size.ts';
import { summarizeReport } from '../../report/summary.ts';
import type { CommandResult, Context } from '../command.ts';
import { type LookOptions, partitionOf, withImage } from '../image-options.ts';

export interface ReportCommandOptions extends LookOptions {
  readonly output: string;
  readonly force?: boolean;
  /** Whose root tells the origins of what is in the image. */
  readonly recipe?: string;
}

/** Writes a page about an image. */
export async function reportCommand(
  path: string,
  options: ReportCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const { output, force = false, recipe } = options;
  const partition = partitionOf(options);
  checkFileOutput(output, { force });
  return await withImage(path, options, host, async (image) => {
    const cake = recipe === undefined ? undefined : await loadKnownCake(recipe, {}, host);
    const folder = cake?.lockFile && dirname(cake.lockFile);
    const root = cake && (await cook(cake, host));
    try {
      const { size, data } = await writeReport(
        image,
        {
          output,
          force,
          ...(partition !== undefined && { partition }),
          ...(root && { origins: { ...root, folder } }),
        },
        host,
      );
      return {
        text: `${output}: ${formatSize(size)}; open it in any browser\n`,
        brief: `${output}\n`,
        json: { path: output, size, report: summarizeReport(data) },
      };
    } finally {
      await root?.dispose();
    }
  });
}
