import type { CodesOf, ErrorEntry, InputCode } from './entry.ts';

/** Exit code 2: the command line, the recipe, the lock, the output, or what this machine lacks. */
export const USAGE: Readonly<Record<Exclude<CodesOf<2>, InputCode>, ErrorEntry>> = {
  RB_APT_MISSING: {
    title: 'this machine has no apt',
    means: "A recipe names a package of Debian, which is looked up by this machine's apt.",
    todo: 'Name a downloaded .deb file by its path, name a release (debian: …, release: …), or run on Debian or Ubuntu.',
  },
  RB_ARGUMENT: {
    title: 'the command line, or an argument of the library, is wrong',
    means: 'An option, a command or a value is not known, is missing, or does not go with another.',
    todo: 'rootless-bake help COMMAND shows examples and all options.',
  },
  RB_BASE_MISSING: {
    title: 'the recipe has no base',
    means: 'cook.base, which the root starts from, is missing in the recipe, or what it names is not there.',
    todo: 'Name a tar, a folder, an image of OCI, a release of Alpine, or { empty: true } under cook.base.',
  },
  RB_BOOTLOADER_FEATURE: {
    title: 'SYSLINUX could not read that file system',
    means: 'A feature of bake.filesystem would make a file system that the boot loader cannot boot from.',
    todo: 'Leave the feature out; mkfs, which makes no bootable disk, takes it.',
  },
  RB_LOCK_INVALID: {
    title: 'the lock is damaged, or of a newer version',
    means: 'The file is no lock, or an entry in it lacks something.',
    todo: 'Settle the merge conflict if it has one, else look the input up anew: lock RECIPE --update NAME.',
  },
  RB_LOCK_MISSING: {
    title: 'there is no lock, and --locked was given',
    means: '--locked takes every input from the lock beside the recipe, which is not there.',
    todo: 'Make it: rootless-bake lock RECIPE; or name it by --lock-file.',
  },
  RB_LOCK_OUTDATED: {
    title: 'the recipe has changed since its lock',
    means: '--locked was given, and the lock lacks an input, or a local input is not what it was.',
    todo: 'Bring it up to date: rootless-bake lock RECIPE; or run without --locked.',
  },
  RB_MACHINE_INVALID: {
    title: 'the root cannot be set up as the recipe says',
    means:
      'What machine: asks for does not go with the cooked root: a service, group, shell, time zone or keymap that it does not have, or a name or uid that is taken.',
    todo: 'Install the package that has it, or choose one of those that the message names.',
  },
  RB_OUTPUT_EXISTS: {
    title: 'the output exists already',
    means: 'Nothing is overwritten unless told. It was left as it is.',
    todo: 'Give another name with -o, or overwrite it with --force.',
  },
  RB_OUTPUT_UNWRITABLE: {
    title: 'the output cannot be written',
    means: 'Its folder is missing or may not be written, the disk is full, or a folder is in its place.',
    todo: 'Make the folder, free some space, or name another place; for temporary files that is TMPDIR.',
  },
  RB_PACKAGE_MISSING: {
    title: 'an optional npm package was left out',
    means:
      'Recipes in TypeScript and compression by zstd need npm packages that can be left out of an installation.',
    todo: 'Install the package that the message names beside rootless-bake.',
  },
  RB_PROOT_UNAVAILABLE: {
    title: 'there is no PRoot that runs',
    means:
      'Scripts and packages run under PRoot, which is neither named, nor on the PATH, nor to be had from Debian, or may not trace.',
    todo: 'Install proot, or name one in RB_PROOT; in a container allow ptrace. apk: native needs none.',
  },
  RB_QEMU_MISSING: {
    title: 'QEMU is not installed',
    means: 'boot runs qemu-system-x86_64, which is not on the PATH.',
    todo: 'Install it, or boot the image elsewhere with the command line in the hint.',
  },
  RB_RECIPE_INVALID: {
    title: 'a value of the recipe is wrong',
    means: 'A key is missing, or its value is of another kind or out of range. The message shows the line.',
    todo: 'Follow the hint; cake.schema.json lets editors check recipes while they are written.',
  },
  RB_RECIPE_NOT_FOUND: {
    title: 'there is no such recipe',
    means:
      'The name is neither a recipe file, nor a folder with one, nor a cake that comes with the package.',
    todo: 'Give the path of a cake.yaml, of the folder that holds it, or a built-in name such as hello.',
  },
  RB_RECIPE_SYNTAX: {
    title: 'the recipe cannot be parsed',
    means: 'The file is no YAML or JSON, or the module cannot be loaded. The message shows the line.',
    todo: 'Correct the line; look for tabs, missing colons and brackets that are not closed.',
  },
  RB_RECIPE_UNKNOWN_KEY: {
    title: 'a key of the recipe is not known',
    means: 'Keys that are not known are refused, for they are mostly misspelt.',
    todo: 'Take the suggestion, or look into cake.schema.json.',
  },
  RB_STORE_UNUSABLE: {
    title: 'the store cannot be used',
    means: 'The folder where downloads and results are kept cannot be made or written, or its disk is full.',
    todo: 'Check owner, permissions and space; name another folder by --store or RB_STORE; cache prune frees space.',
  },
};
