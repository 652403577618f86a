import { checkRoot, type WriteRootOptions, writeRoot } from '../../export/write-root.ts';
import { cook } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { type ImageFlags, imageOptions } from '../image-flags.ts';
import { type SbomFlags, sbomOptions } from '../sbom-flags.ts';
import { refuseUseless } from '../useless.ts';

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
  const sboms = sbomOptions(options);
  const target = targetOf(options, cake.name, context);
  const root = await cook(cake, { ...context.host, ...buildOptions(options), ...sboms });
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
    const flags = ['--format', '--compression', '--platform', ...(options.sbom ? [] : ['--force'])];
    refuseUseless(options, flags, 'the root is not written', 'name an output by -o');
    return undefined;
  }
  const target: WriteRootOptions = { name, ...imageOptions(options), force };
  const { format: told } = checkRoot(output, format, target, host);
  if (told !== 'oci' && told !== 'oci.tar') {
    const hint = 'leave it out, or write an image of OCI: -o NAME.oci.tar';
    refuseUseless(options, ['--compression', '--platform'], `${output} is no image of OCI`, hint);
  }
  return { ...target, format: told };
}
