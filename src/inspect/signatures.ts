/** What lies in a partition or on a whole device, as far as its first bytes tell. */
export type FileSystemKind =
  | 'ext'
  | 'vfat'
  | 'swap'
  | 'squashfs'
  | 'xfs'
  | 'btrfs'
  | 'erofs'
  | 'ntfs'
  | 'iso9660'
  | 'luks'
  | 'lvm';

/** Magic bytes and where they are, as blkid(8) and the kernel's own headers have them. */
const MAGICS: readonly (readonly [FileSystemKind, offset: number, magic: string])[] = [
  ['luks', 0, 'LUKS\xba\xbe'],
  ['squashfs', 0, 'hsqs'],
  ['xfs', 0, 'XFSB'],
  ['ntfs', 3, 'NTFS    '],
  ['vfat', 54, 'FAT'],
  ['vfat', 82, 'FAT32'],
  ['lvm', 536, 'LVM2 001'],
  ['erofs', 1024, '\xe2\xe1\xf5\xe0'],
  ['ext', 1080, '\x53\xef'],
  ['swap', 4086, 'SWAPSPACE2'],
  ['iso9660', 32769, 'CD001'],
  ['btrfs', 65600, '_BHRfS_M'],
];

/** As many bytes as the magics reach. */
export const SIGNATURE_BYTES = 65608;

/** @param head the first {@link SIGNATURE_BYTES}, or all that there is */
export function fileSystemKind(head: Buffer): FileSystemKind | undefined {
  return MAGICS.find(
    ([, offset, magic]) => head.toString('latin1', offset, offset + magic.length) === magic,
  )?.[0];
}

/** Boot code of the first sector that is told by what it says or holds. */
export type BootCode = 'none' | 'syslinux' | 'syslinux-gpt' | 'grub' | 'windows' | 'unknown';

/** Words in the code of SYSLINUX's mbr.bin and gptmbr.bin, of GRUB's boot.img, of Windows. */
const BOOT_CODES: readonly (readonly [BootCode, readonly string[]])[] = [
  ['syslinux', ['Missing operating system', 'Operating system load error']],
  ['syslinux-gpt', ['Missing OS', 'Multiple active partitions', 'Disk error']],
  ['grub', ['GRUB', 'Hard Disk', 'Read']],
  ['windows', ['Invalid partition table', 'Error loading operating system']],
];

/** @param code the bytes before the disk identifier */
export function recognizeBootCode(code: Uint8Array): BootCode {
  if (code.every((byte) => byte === 0)) return 'none';
  const text = Buffer.from(code).toString('latin1');
  return BOOT_CODES.find(([, words]) => words.every((word) => text.includes(word)))?.[0] ?? 'unknown';
}
