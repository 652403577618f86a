import type { EntriesOf } from './entry.ts';

/** Exit code 5: a result is not what it should be. */
export const VERIFICATION: EntriesOf<5> = {
  RB_EXT4_CHECK_FAILED: {
    title: 'e2fsck finds faults in the new file system',
    means:
      'The file system was made, and e2fsck, which reads it afterwards, does not find it clean. No image is left.',
    todo: 'Check the disk and the memory of this machine; if they are good, report it with the recipe.',
  },
  RB_NOT_REPRODUCIBLE: {
    title: 'two bakes of one recipe gave different images',
    means:
      'verify baked twice, in surroundings that must not matter: time zone, language, umask, folders, time. What differs is told on stdout: paths, else ranges of bytes.',
    todo: 'Look at what writes these paths: scripts that write times, random numbers, or names of folders or users. --keep FOLDER leaves both images, for diff, ls and cat. Inputs that have moved meanwhile are pinned by a lock.',
  },
};

/** Exit code 130: somebody has ended it. */
export const INTERRUPTION: EntriesOf<130> = {
  RB_INTERRUPTED: {
    title: 'interrupted',
    means:
      'Ctrl-C, SIGTERM or SIGHUP came, or nobody reads the output any more. Nothing half written is left.',
    todo: 'Run the command again when you like; what was fetched is kept.',
  },
};
