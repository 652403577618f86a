import { RootlessBakeError } from '../../errors.ts';
import { checkRoot, type WriteRootOptions, writeRoot } from '../../export/write-root.ts';
import { cook } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { type ImageFlags, imageOptions } from '../image-flags.ts';
import { type SbomFlags, sbomOptions } from '../sbom-flags.ts';

export interface CookCommandOptions extends RecipeOptions, ImageFlags, SbomFlags {
  readonly output?: string;
  readonly format?: string;
  readonly force?: boolean;
}

export async function cookCommand(
  recipe: string,
  options: CookCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { output, set } = options;
  const cake = await loadKnownCake(recipe, { ...(set && { set }) }, context.host);
  const target = targetOf(options, cake.name, context);
  const root = await cook(cake, { ...context.host, ...buildOptions(options), ...sbomOptions(options) });
  try {
    const written = target && (await writeRoot(root, output!, target, context.host));
    const { sha256, epoch, packages, inputs, scratch } = root;
    return {
      text: `${output === undefined ? '' : `${output}\n`}sha256: ${sha256}\n${written?.imageDigest ? `image: ${written.imageDigest}\n` : ''}`,
      brief: `${output ?? sha256}\n`,
      json: {
        name: cake.name,
        ...written,
        sha256,
        epoch,
        packages,
        inputs,
        ...(scratch !== undefined && { scratch }),
        times: context.times,
      },
    };
  } finally {
    await root.dispose();
  }
}

/** How the root is written, when it is; what is wrong with that is told before anything is cooked. */
function targetOf(
  options: CookCommandOptions,
  name: string,
  { host }: Context,
): WriteRootOptions | undefined {
  const { output, format, force = false } = options;
  if (output === undefined) {
    if (format === undefined) return undefined;
    throw new RootlessBakeError('RB_ARGUMENT', `--format ${format} has no output`, {
      hint: 'name it by -o',
    });
  }
  const target: WriteRootOptions = { name, ...imageOptions(options), force };
  return { ...target, format: checkRoot(output, format, target, host).format };
}
