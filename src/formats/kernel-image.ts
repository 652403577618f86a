import { RootlessBakeError } from '../errors.ts';

/** `HdrS`, at the offset that the x86 boot protocol gives it (Documentation/arch/x86/boot.rst). */
const MAGIC_OFFSET = 0x202;
const MAGIC = 0x53726448;
/** u16: where the version string lies, less 0x200. */
const VERSION_POINTER = 0x20e;

/**
 * The release of an x86 kernel image (`bzImage`), such as `6.1.0-44-cloud-amd64`.
 *
 * @param name the image's name for the error
 * @throws RB_KERNEL_INVALID when the bytes are no such image
 */
export function kernelRelease(image: Uint8Array, name: string): string {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (image.length < 0x400 || view.getUint32(MAGIC_OFFSET, true) !== MAGIC) throw invalid(name);
  const start = view.getUint16(VERSION_POINTER, true) + 0x200;
  const text = Buffer.from(image.subarray(start, start + 256)).toString('latin1');
  const release = /^[^\s\0]+/.exec(text)?.[0];
  if (release === undefined) throw invalid(name);
  return release;
}

function invalid(name: string): RootlessBakeError {
  return new RootlessBakeError('RB_KERNEL_INVALID', `${name} is no bootable x86 kernel image`, {
    hint: 'give the bzImage that the distribution installs as /boot/vmlinuz, not vmlinux or an EFI stub alone',
  });
}
