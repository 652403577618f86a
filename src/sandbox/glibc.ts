import type { Host } from '../host.ts';
import type { Tree } from '../tree/tree.ts';

/** The dynamic loaders of glibc, by architecture (sysdeps/unix/sysv/linux in glibc). */
const GLIBC_LOADERS = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-linux-armhf.so.3',
  '/lib/ld-linux.so.2',
  '/lib64/ld64.so.2',
  '/lib/ld-linux-riscv64-lp64d.so.1',
];

/** True when programs of the tree are likely to be linked with glibc. */
export function hasGlibc(tree: Tree): boolean {
  return GLIBC_LOADERS.some((path) => tree.resolve(path)?.entry.type === 'file');
}

/**
 * Warns where guests may reach past their root: proot 5.1 does not translate statx and other calls that glibc
 * makes, so that absolute paths in them are the host's.
 */
export function warnAboutGlibc(tree: Tree, host: Pick<Host, 'emit'>): void {
  if (!hasGlibc(tree)) return;
  host.emit({
    type: 'message',
    level: 'warning',
    text: 'the root has glibc, whose newer system calls this proot does not translate: scripts may fail or see paths of the host; musl and static programs work',
  });
}
