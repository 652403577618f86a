import { resolve } from 'node:path';
import { bakePart } from '../../build/bake-part.ts';
import type { Verification } from '../../build/verify/verify.ts';
import { counted } from '../../counted.ts';
import { RootlessBakeError } from '../../errors.ts';
import { escapeName } from '../../inspect/listing.ts';
import { verify } from '../../look.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { type BakeFlags, bakeOverrides } from '../bake-overrides.ts';
import { bakeInProcess } from '../bake-process.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { differenceLine } from '../difference-lines.ts';

export interface VerifyCommandOptions extends Omit<RecipeOptions, 'set'>, BakeFlags {
  readonly keep?: string;
}

/** Bakes twice, in different surroundings, and compares. */
export async function verifyCommand(
  recipe: string,
  options: VerifyCommandOptions,
  { host, program, times }: Context,
): Promise<CommandResult> {
  // What is wrong with the recipe is told before anything is baked.
  const cake = await loadKnownCake(recipe, { set: bakeOverrides(options) }, host);
  bakePart(cake);
  const args = bakeArguments(recipe, cake.lockFile, options);
  const result = await verify(
    {
      bake: (surroundings, emit) => bakeInProcess({ program, args }, surroundings, emit, host),
      keep: options.keep,
    },
    host,
  );
  return {
    text: textOf(result),
    brief: result.equal
      ? `${result.sha256[0]}\n`
      : result.differences.map(({ path }) => `${escapeName(path)}\n`).join(''),
    json: { name: cake.name, ...result, times },
    ...(!result.equal && { failure: failureOf(cake.name, result) }),
  };
}

/** The command line of the two bakes, which holds in any current folder. */
function bakeArguments(
  recipe: string,
  lockFile: string | undefined,
  options: VerifyCommandOptions,
): string[] {
  const { set = [], size, headroom, check, offline } = options;
  const { lockFile: lock = lockFile, locked } = buildOptions(options);
  return [
    recipe,
    '--rebuild',
    ...['--recipe-folder', resolve('.')],
    ...set.flatMap((item) => ['--set', item]),
    ...(size === undefined ? [] : ['--size', size]),
    ...(headroom === undefined ? [] : ['--headroom', headroom]),
    ...(check ? [] : ['--no-check']),
    ...(lock === false ? ['--no-lock'] : lock === undefined ? [] : ['--lock-file', lock]),
    ...(locked ? ['--locked'] : []),
    ...(offline ? ['--offline'] : []),
  ];
}

function textOf({ equal, sha256, differences, blocks, images }: Verification): string {
  const kept = images ? `kept: ${images.join(' ')}\n` : '';
  if (equal) return `reproducible: both images are the same bytes\nsha256: ${sha256[0]}\n${kept}`;
  return [
    ...differences.map((difference) => `${differenceLine(difference)}\n`),
    ...blocks.map(({ position, length, where }) => `${position} ${length}  ${where}\n`),
    kept,
  ].join('');
}

function failureOf(name: string, { differences, blocks, inputs }: Verification): RootlessBakeError {
  const what =
    differences.length > 0
      ? `${counted(differences.length, 'path')}, first ${escapeName(differences[0]!.path)}`
      : `${counted(blocks.length, 'range')} of bytes`;
  const message = `two bakes of ${name} differ in ${what}`;
  return new RootlessBakeError('RB_NOT_REPRODUCIBLE', message, { hint: hintFor(inputs) });
}

function hintFor(inputs: readonly string[]): string {
  if (inputs.length > 0)
    return `pin what has changed meanwhile (${inputs.join(', ')}): rootless-bake lock RECIPE`;
  return 'look for times, random numbers, names of folders and of users in what the scripts write; --keep FOLDER leaves both images';
}
