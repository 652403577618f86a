import { RootlessBakeError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Host } from '../host.ts';
import { shellCommand } from '../shell-words.ts';

export const QEMU = 'qemu-system-x86_64';

/**
 * The path of QEMU.
 *
 * @param args what it was wanted for: the hint shows the whole command
 * @throws RB_QEMU_MISSING
 */
export function findQemu(host: Pick<Host, 'env'>, args: readonly string[]): string {
  const found = findProgram(QEMU, host);
  if (found) return found;
  throw new RootlessBakeError('RB_QEMU_MISSING', `${QEMU} is not on the PATH`, {
    hint:
      `install it (Debian: apt install qemu-system-x86; Alpine: apk add qemu-system-x86_64; ` +
      `Fedora: dnf install qemu-system-x86), or boot the image elsewhere:\n  ${shellCommand([QEMU, ...args])}`,
  });
}
