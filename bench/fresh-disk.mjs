import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './environment.mjs';

/**
 * Makes a folder with an ext4 of its own, as root. A new file gets no inode that was free for less than some minutes
 * (fs/ext4/ialloc.c, recently_deleted): where thousands of files have just been removed, the kernel looks at each of
 * their inodes for each file that is made, and who makes files is timed for what others have removed.
 *
 * @returns the folder; without a loop device it is a plain one, which is said
 */
export function freshDisk(work) {
  const [image, folder] = [join(work, 'disk.img'), join(work, 'disk')];
  mkdirSync(folder);
  run('truncate', ['-s', '8G', image]);
  run('mke2fs', ['-q', '-t', 'ext4', '-F', image]);
  try {
    run('mount', ['-o', 'loop', image, folder], { quiet: true });
  } catch {
    process.stderr.write(
      '*** no loop device: all work on the disk of TMPDIR, which remembers what was removed ***\n',
    );
    return folder;
  }
  // The folder of all work goes when the process ends, and this one was asked for later.
  process.prependOnceListener('exit', () => execFileSync('umount', [folder]));
  return folder;
}
