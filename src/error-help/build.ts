import type { EntriesOf } from './entry.ts';

/** Exit code 1: the work began, and could not be done. */
export const BUILD: EntriesOf<1> = {
  RB_APK_FAILED: {
    title: 'packages of Alpine cannot be installed',
    means:
      'apk, or the installation in process, refused: a package is in no repository, packages exclude each other, or the root is none of Alpine.',
    todo: 'Check the names under cook.packages and the repositories; the message has the words of apk.',
  },
  RB_BOOT_TIMEOUT: {
    title: 'the machine did not show what was expected',
    means: 'The time of --timeout passed before the serial console showed the text of --expect.',
    todo: 'Boot without --expect and watch; give more time, or put console=ttyS0 among bake.options, so that the kernel speaks there.',
  },
  RB_DEBIAN_UNSATISFIABLE: {
    title: 'packages of Debian cannot be installed together',
    means:
      'No choice of versions fulfils what the named packages depend on and conflict with, or several provide one name.',
    todo: 'Name the package that you want, leave one out, or take it with dependencies: false and add what it needs.',
  },
  RB_EXT4_NO_SPACE: {
    title: 'the root does not fit in the file system',
    means:
      'The file system of the chosen size, or number of inodes, cannot hold the root. The size that would do is in the message.',
    todo: 'Choose a larger size, or size: auto; the largest directories are listed to see what takes the room.',
  },
  RB_EXT4_REFUSED: {
    title: 'ext4 cannot be made so, or cannot hold an entry',
    means:
      'mke2fs refuses the choices of bake.filesystem, or a name, link target or extended attribute is longer than ext4 allows.',
    todo: 'Look at the choices or at the path in the message; names take 255 bytes, link targets 4,095.',
  },
  RB_INTERNAL: {
    title: 'a fault of rootless-bake',
    means: 'Something happened that the program does not provide for. Your input may be right.',
    todo: 'Run the command again with --debug and report what it prints.',
  },
  RB_MODULE_CYCLE: {
    title: 'kernel modules depend on each other in a circle',
    means: 'There is no order in which the modules could be inserted, which those of one kernel always have.',
    todo: 'Install the kernel package again: its folder of modules is not that of one kernel.',
  },
  RB_MODULE_NOT_FOUND: {
    title: 'the kernel has no such module',
    means:
      'A name of bake.modules, or what such a module depends on, is neither a module of that kernel nor built into it.',
    todo: "Check the spelling and that the module is this kernel's; the nearest names are in the hint.",
  },
  RB_QEMU_FAILED: {
    title: 'QEMU ended with an error',
    means:
      'QEMU could not be started, or ended before the machine did what was expected. Its own words are in the message.',
    todo: 'Read what QEMU says: often too little memory, or an image that is locked by another QEMU.',
  },
  RB_SCRIPT_FAILED: {
    title: 'a script of the recipe failed',
    means:
      'cook.prepare, cook.script or a script of a package ended with another exit code than 0. Its last lines are in the message.',
    todo: 'Scripts run with sh -eu: the first command that fails ends them. --keep-scratch keeps the root, shell opens one in it.',
  },
  RB_SYSLINUX_EXTENTS: {
    title: 'ldlinux.sys lies in too many pieces',
    means:
      'The table in ldlinux.sys, which says where its sectors are on the disk, has too few places. Unmodified programs have enough.',
    todo: 'Take extlinux as the distribution has it; if it is, report this.',
  },
  RB_TREE_CONFLICT: {
    title: 'two inputs bring different things to one path',
    means: 'Two packages, archives or folders have something else at the same path. The message names both.',
    todo: 'Give the later content replace (it wins) or skip (what is there stays), for all of it or for a list of paths.',
  },
};
