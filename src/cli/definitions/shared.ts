/** What the definitions of several commands have in common. */
import { type Command, Option } from 'commander';
import type { CommandResult, CommonOptions, Context } from '../command.ts';

/** Runs a command's work and prints what it gives. */
export type Perform = (
  options: CommonOptions,
  work: (context: Context) => Promise<CommandResult>,
) => Promise<void>;

/** Headings in the list of commands, in the order of the list. */
export const GROUPS = {
  bake: 'Cook, bake, boot:',
  look: 'Look into images:',
  setup: 'Around it:',
} as const;

const COMMON = 'Options of all commands:';
const RECIPE = 'a recipe file, a folder with a cake.yaml, or a built-in cake such as hello';
const OR_IMAGE = 'an image: image.oci.tar or a layout, with :name where it has several';

export function describe(program: Command, name: string, summary: string, description?: string): Command {
  const command = program.command(name).summary(summary);
  return command.description(description ?? `${summary[0]!.toUpperCase()}${summary.slice(1)}.`);
}

/** Options that every command has. */
export function common(command: Command): Command {
  return [
    new Option('--json', 'print one JSON object on stdout'),
    new Option('-q, --quiet', 'print the output path only'),
    new Option('--debug', 'print stacks and causes of errors'),
    choice('--progress <kind>', 'how progress is shown on stderr (default: auto)', [
      'auto',
      'tty',
      'plain',
      'quiet',
      'json',
    ]),
  ].reduce((all, option) => all.addOption(option.helpGroup(COMMON)), command);
}

/** For the commands that make something. */
export function metadataFile(): Option {
  return new Option('--metadata-file <path>', 'write what --json prints to a file, too');
}

export function storing(command: Command): Command {
  return command.option('--store <path>', 'folder of the store (default: RB_STORE, else in the cache)');
}

/** A command that takes a recipe; with `[recipe]` that of the current folder unless it is named. */
export function recipeCommand(
  program: Command,
  name: string,
  summary: string,
  argument = '[recipe]',
): Command {
  const command = storing(describe(program, name, summary)).option('--offline', 'ask nothing of the network');
  if (argument === '[recipe]') command.argument(argument, RECIPE, '.');
  else command.argument(argument, argument === '<recipe>' ? RECIPE : `${RECIPE}; or ${OR_IMAGE}`);
  return command.option('--set <key=value>', 'change a value of the recipe; may be repeated', collect);
}

/** For the commands that read or write a lock. */
export function lockFile(command: Command): Command {
  return command.option(
    '--lock-file <path>',
    'path of the lock (default: beside the recipe: cake.lock for cake.yaml)',
  );
}

/** What the commands have that cook. */
export function cookingCommand(program: Command, name: string, summary: string, argument?: string): Command {
  return lockingCommand(program, name, summary, argument)
    .option('--rebuild', 'cook and bake anew what the store has kept')
    .option('--keep-scratch', 'leave the root that scripts ran in on disk');
}

/** What the commands have that use a lock and do not write it. */
export function lockingCommand(program: Command, name: string, summary: string, argument?: string): Command {
  return lockFile(recipeCommand(program, name, summary, argument))
    .option('--locked', 'fail unless the lock has every input and nothing of the recipe has changed since')
    .option('--no-lock', 'use no lock');
}

/** Options that stand for keys of a recipe's `bake`. */
export function bakeFlags(command: Command): Command {
  return command
    .option('--size <size>', "size of the image instead of the recipe's, such as 512M, or auto")
    .option('--headroom <size>', 'what --size auto leaves free, such as 10% or 64M (default: 10%)')
    .option('--no-check', 'leave out e2fsck');
}

/** For the commands that write bills of materials. */
export function sbomFlags(command: Command): Command {
  return command
    .option('--sbom <path>', 'write what it is made of: .spdx.json, .cdx.json; may be repeated', collect)
    .option('--sbom-files', 'list every file there, with its digests');
}

/** For the commands that make an image of OCI. */
export function imageFlags(command: Command): Command {
  return command
    .addOption(
      choice('--compression <kind>', "of an OCI image's layer (default: gzip)", ['gzip', 'zstd', 'none']),
    )
    .option(
      '--platform <os/arch>',
      "of an OCI image (default: the base's, else that of the root's programs)",
    );
}

export function choice(flags: string, description: string, choices: string[]): Option {
  return new Option(flags, description).choices(choices);
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
