import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { shellCommand } from './command.ts';

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

/** Looks a program up on the host's PATH. */
export function findProgram(name: string, host: Pick<Host, 'env'>): string | undefined {
  return (host.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
