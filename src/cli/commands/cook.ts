import { cook, loadCake } from '../../index.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { checkRootfsOutput, writeRootfs } from '../rootfs.ts';

export interface CookCommandOptions extends RecipeOptions {
  readonly output?: string;
  readonly force?: boolean;
}

export async function cookCommand(
  recipe: string,
  options: CookCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { output, force, set } = options;
  const cake = await loadCake(recipe, { ...(set && { set }) });
  if (output !== undefined) checkRootfsOutput(output, force, context.host);
  const root = await cook(cake, { ...context.host, ...buildOptions(options) });
  try {
    if (output !== undefined) await writeRootfs(root.tree, output, context.host);
    const { sha256, epoch, packages, inputs, scratch } = root;
    return {
      text: `${output === undefined ? '' : `${output}\n`}sha256: ${sha256}\n`,
      brief: `${output ?? sha256}\n`,
      json: {
        name: cake.name,
        ...(output !== undefined && { path: output }),
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
