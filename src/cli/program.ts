import { Command, Option } from 'commander';
import { ROOT_FORMATS } from '../export/root-formats.ts';
import type { CommandResult, CommonOptions, Context } from './command.ts';
import { addLookCommands } from './look-commands.ts';

/** Runs a command's work and prints what it gives. */
export type Perform = (
  options: CommonOptions,
  work: (context: Context) => Promise<CommandResult>,
) => Promise<void>;

const EXAMPLES = `
Examples:
  $ rootless-bake bake hello                          bake the built-in cake hello
  $ rootless-bake boot hello.img                      boot it in QEMU, console in this terminal
  $ rootless-bake bake cake.yaml -o alpine.img --force
  $ rootless-bake bake cake.yaml --set bake.size=256M --set 'cook.packages=[openrc, chrony]'
  $ rootless-bake cook cake.yaml -o rootfs.tar.gz     only the root file system
  $ rootless-bake cook cake.yaml -o image.oci.tar     the same as an image of OCI
  $ rootless-bake push cake.yaml registry.example/team/image:1.0
  $ rootless-bake shell cake.yaml -- apk info         a command in the cooked root
  $ rootless-bake boot alpine.img --expect login: --timeout 120    for CI`;

const RECIPE = 'a recipe file, a folder with a cake.yaml, or a built-in cake such as hello';
const OR_IMAGE = 'an image: image.oci.tar or a layout, with :name where it has several';

/**
 * The commands and their options. Each command's code is loaded when it runs, so that help is quick.
 *
 * @param version of the package
 */
export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('rootless-bake')
    .description('Cooks Linux root file systems and bakes bootable disk images, without root.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError(true)
    .exitOverride();

  imageFlags(sbomFlags(cookingCommand(program, 'cook', 'cook a root file system; prints its digest')))
    .option(
      '-o, --output <path>',
      'write it as .tar, .cpio, each with .gz or .zst, .oci.tar, .oci, or a folder',
    )
    .addOption(choice('--format <kind>', 'what to write, whatever the name of the output', [...ROOT_FORMATS]))
    .option('--force', 'overwrite the output')
    .action((recipe, options) =>
      perform(options, async (context) =>
        (await import('./commands/cook.ts')).cookCommand(recipe, options, context),
      ),
    );
  sbomFlags(cookingCommand(program, 'bake', 'cook, then bake a bootable disk image'))
    .option('-o, --output <path>', 'path of the image (default: NAME.img)')
    .option('--size <size>', "size of the image instead of the recipe's, such as 512M, or auto")
    .option('--headroom <size>', 'what --size auto leaves free, such as 10% or 64M (default: 10%)')
    .option('--no-check', 'leave out e2fsck')
    .option('--force', 'overwrite the output')
    .action((recipe, options) =>
      perform(options, async (context) =>
        (await import('./commands/bake.ts')).bakeCommand(recipe, options, context),
      ),
    );
  imageFlags(cookingCommand(program, 'push', 'push a root to a registry as an image of OCI', '<source>'))
    .argument('<reference>', 'where to, as Docker writes it: registry/repository:tag')
    .option(
      '--mount-from <repository>',
      'of the same registry, that may have the blobs; may be repeated',
      collect,
    )
    .action((source, reference, options) =>
      perform(options, async (context) =>
        (await import('./commands/push.ts')).pushCommand(source, reference, options, context),
      ),
    );
  common(program.command('mkfs').summary('make an ext4 image of a folder or a tar'))
    .description('Makes an image of one ext4 file system that holds what a folder or a tar holds.')
    .argument('<source>', 'a folder, or a tar: gz, xz, zstd or not compressed')
    .requiredOption('-o, --output <path>', 'path of the image')
    .option('--size <size>', 'such as 512M (default: auto, the smallest that does)')
    .option('--headroom <size>', 'what --size auto leaves free, such as 10% or 64M (default: 10%)')
    .option('--set <key=value>', 'choose what bake.filesystem does, such as blockSize=1024', collect)
    .option('--owner <uid:gid>', "owner of a folder's entries, or keep (default: 0:0)")
    .option('--label <label>', 'label of the file system')
    .option('--uuid <uuid>', 'its UUID')
    .option('--no-check', 'leave out e2fsck')
    .option('--force', 'overwrite the output')
    .action((source, options) =>
      perform(options, async (context) =>
        (await import('./commands/mkfs.ts')).mkfsCommand(source, options, context),
      ),
    );
  common(program.command('boot').summary('boot an image in QEMU').description('Boots an image in QEMU.'))
    .argument('<image>', 'a raw disk image')
    .option('--memory <size>', 'memory of the machine (default: 512M)')
    .addOption(choice('--display <kind>', 'its screen (default: none)', ['none', 'vga', 'curses']))
    .addOption(choice('--accel <kind>', 'auto proves KVM by booting (default: auto)', ['auto', 'kvm', 'tcg']))
    .option('--expect <text>', 'end with exit code 0 when the console shows this text, else with 1')
    .option('--timeout <seconds>', 'how long --expect waits (default: 120)')
    .option('--snapshot', 'leave the image as it is: writes are thrown away')
    .action((image, options) =>
      perform(options, async (context) =>
        (await import('./commands/boot.ts')).bootCommand(image, options, context),
      ),
    );
  cookingCommand(program, 'shell', 'open a shell in the cooked root, under PRoot')
    .argument('[command...]', 'run this instead of a login shell')
    .option('--bind <host:guest>', 'show a file or folder of this machine; may be repeated', collect)
    .action((recipe, command, options) =>
      perform(options, async (context) =>
        (await import('./commands/shell.ts')).shellCommand(recipe, command, options, context),
      ),
    );
  recipeCommand(program, 'lock', 'look up all inputs of a recipe and write its lock')
    .option('--update [name...]', 'look these up anew: packages, images, kinds such as deb; alone: all')
    .action((recipe, options) =>
      perform(options, async (context) =>
        (await import('./commands/lock.ts')).lockCommand(recipe, options, context),
      ),
    );
  recipeCommand(program, 'check', 'check a recipe and that its files are there').action((recipe, options) =>
    perform(options, async () => (await import('./commands/check.ts')).checkCommand(recipe, options)),
  );
  common(program.command('schema').summary('print the JSON Schema of recipes'))
    .description('Prints the JSON Schema of recipes, for editors.')
    .action((options) =>
      perform(options, async () => (await import('./commands/schema.ts')).schemaCommand()),
    );
  addLookCommands(program, perform, common);
  addCacheCommand(program, perform);
  return program;
}

function addCacheCommand(program: Command, perform: Perform): void {
  const cache = program
    .command('cache')
    .summary('list, prune or verify the store')
    .description('Looks after the store of downloads, cooked trees and finished images.');
  const part = (name: string, summary: string, isDefault = false): Command =>
    storing(common(cache.command(name, { isDefault }).summary(summary).description(`${summary}.`)));
  part('ls', 'List what the store holds, the largest first', true).action((options) =>
    perform(options, async (context) => (await import('./commands/cache.ts')).listCommand(options, context)),
  );
  part('prune', 'Remove what was not used for long; what was used within the last hour stays')
    .option('--older-than <time>', 'such as 12h or 30d (default: 30d)')
    .option('--keep <size>', 'remove the least recently used until the rest is at most this')
    .option('--kind <kind>', 'only download, tree, image …; may be repeated', collect)
    .option('--all', 'whatever its age')
    .option('--dry-run', 'only tell what would be removed')
    .action((options) =>
      perform(options, async (context) =>
        (await import('./commands/cache.ts')).pruneCommand(options, context),
      ),
    );
  part('verify', 'Read every blob and remove those that are damaged').action((options) =>
    perform(options, async (context) =>
      (await import('./commands/cache.ts')).verifyCommand(options, context),
    ),
  );
}

function storing(command: Command): Command {
  return command.option('--store <path>', 'folder of the store (default: RB_STORE, else in the cache)');
}

function recipeCommand(program: Command, name: string, summary: string, argument = '<recipe>'): Command {
  const command = program.command(name).summary(summary);
  return storing(common(command.description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)))
    .option('--offline', 'ask nothing of the network')
    .argument(argument, argument === '<recipe>' ? RECIPE : `${RECIPE}; or ${OR_IMAGE}`)
    .option('--set <key=value>', 'change a value of the recipe; may be repeated', collect)
    .option('--lock-file <path>', 'path of the lock (default: beside the recipe: cake.lock for cake.yaml)');
}

/** What the commands have that cook. */
function cookingCommand(program: Command, name: string, summary: string, argument?: string): Command {
  return recipeCommand(program, name, summary, argument)
    .option('--locked', 'fail unless the lock has every input and nothing of the recipe has changed since')
    .option('--no-lock', 'use no lock')
    .option('--rebuild', 'cook and bake anew what the store has kept')
    .option('--keep-scratch', 'leave the root that scripts ran in on disk');
}

function common(command: Command): Command {
  return command
    .option('--json', 'print one JSON object on stdout')
    .option('-q, --quiet', 'print the output path only')
    .option('--debug', 'print stacks and causes of errors')
    .addOption(
      choice('--progress <kind>', 'how progress is shown on stderr (default: auto)', [
        'auto',
        'tty',
        'plain',
        'quiet',
        'json',
      ]),
    );
}

/** For the commands that write bills of materials. */
function sbomFlags(command: Command): Command {
  return command
    .option('--sbom <path>', 'write what it is made of: .spdx.json, .cdx.json; may be repeated', collect)
    .option('--sbom-files', 'list every file there, with its digests');
}

/** For the commands that make an image of OCI. */
function imageFlags(command: Command): Command {
  return command
    .addOption(
      choice('--compression <kind>', "of an OCI image's layer (default: gzip)", ['gzip', 'zstd', 'none']),
    )
    .option(
      '--platform <os/arch>',
      "of an OCI image (default: the base's, else that of the root's programs)",
    );
}

function choice(flags: string, description: string, choices: string[]): Option {
  return new Option(flags, description).choices(choices);
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
