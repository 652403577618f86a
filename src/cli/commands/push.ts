import { isImage } from '../../export/push/locate.ts';
import { checkPush, type PushedImage, type PushOptions, push } from '../../export/push/push.ts';
import { cook, loadCake } from '../../index.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { type ImageFlags, imageOptions } from '../image-flags.ts';
import { refuseUseless } from '../useless.ts';

export interface PushCommandOptions extends RecipeOptions, ImageFlags {
  readonly mountFrom?: readonly string[];
}

/** What an image that is there has no use for. */
const OF_RECIPES = [
  '--set',
  '--lock-file',
  '--locked',
  '--no-lock',
  '--rebuild',
  '--keep-scratch',
  '--compression',
];

/** @param source a recipe, or a layout or an archive of an image */
export async function pushCommand(
  source: string,
  reference: string,
  options: PushCommandOptions,
  { host, times }: Context,
): Promise<CommandResult> {
  const { mountFrom, set } = options;
  const choices: PushOptions = { ...imageOptions(options), ...(mountFrom && { mountFrom }) };
  if (isImage(source)) {
    refuseUseless(options, OF_RECIPES, `${source} is an image, no recipe`, 'leave out what is for recipes');
    return result(await push(source, reference, choices, host), { times });
  }
  const cake = await loadCake(source, { ...(set && { set }) });
  await checkPush(reference, choices, host);
  const root = await cook(cake, { ...host, ...buildOptions(options) });
  try {
    const pushed = await push(root, reference, choices, host);
    return result(pushed, { name: cake.name, sha256: root.sha256, times });
  } finally {
    await root.dispose();
  }
}

function result(pushed: PushedImage, more: object): CommandResult {
  const line = `${pushed.reference}\n`;
  return { text: line, brief: line, json: { ...pushed, ...more } };
}
