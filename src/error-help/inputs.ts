import type { ErrorEntry, InputCode } from './entry.ts';

/** Exit code 2, continued: inputs that are missing, or of a kind that is not read. */
export const INPUTS: Readonly<Record<InputCode, ErrorEntry>> = {
  RB_ARCHIVE_TOO_LARGE: {
    title: 'an archive holds more than it may',
    means:
      'An archive or a layer unpacks to more bytes or entries than its limit, which keeps decompression bombs out.',
    todo: 'If that much is expected, raise its limit in the recipe; if not, do not use it.',
  },
  RB_ARCHIVE_UNSUPPORTED: {
    title: 'a kind of archive or compression that is not read, or cannot hold an entry',
    means: 'The input is of another format, or the output format has no way to say what the root holds.',
    todo: 'Compress it by gzip, xz or zstd, make it by GNU tar or bsdtar, or choose another output such as .tar.',
  },
  RB_ELF_INVALID: {
    title: 'a file is no Linux program',
    means: 'Something that must be an ELF program, such as busybox, is none, or contradicts itself.',
    todo: 'Give a program for Linux on x86-64.',
  },
  RB_ELF_UNSUPPORTED: {
    title: 'a program is for another kind of machine',
    means: 'An ELF file is big-endian, which x86 and ARM machines never run.',
    todo: 'Give a program for Linux on x86-64.',
  },
  RB_GPT_INVALID: {
    title: 'the partition table is damaged',
    means: 'Neither copy of the GUID partition table is whole.',
    todo: 'Make or fetch the image again; sgdisk --verify tells, and repairs, what it can.',
  },
  RB_IMAGE_UNKNOWN: {
    title: 'a file is no image of a known kind',
    means: 'Its bytes are no disk, no ext2/3/4 file system, no tar, cpio or image of OCI.',
    todo: 'Convert it: qemu-img convert -O raw makes raw disks of other formats.',
  },
  RB_INPUT_NOT_FOUND: {
    title: 'an input is not there',
    means: 'A file, folder, package or image that the recipe or the command line names does not exist.',
    todo: "Check its spelling. Relative paths of a recipe start from the recipe's own folder.",
  },
  RB_INPUT_UNREADABLE: {
    title: 'an input cannot be read',
    means:
      'It is there, but its permissions do not allow to read it, or it is a folder where a file must be.',
    todo: 'Check its permissions and its kind: dir: is for folders, tar: for archives.',
  },
  RB_KERNEL_INVALID: {
    title: 'a file is no kernel',
    means: 'bake.kernel names a file that is no bootable x86 kernel image (bzImage).',
    todo: 'Give the file that the distribution installs as /boot/vmlinuz.',
  },
  RB_LIMIT_EXCEEDED: {
    title: 'something is larger than it may be',
    means:
      'A download or a file exceeds a limit: that of the recipe, or one that no honest input of its kind reaches.',
    todo: 'If that much is expected, raise the limit in the recipe; if not, do not use it.',
  },
  RB_MBR_INVALID: {
    title: 'the boot record or partition table is wrong',
    means:
      'The first sector of a disk has no valid partition table, or boot code for it is longer than 440 bytes.',
    todo: "Check that it is a whole disk; for bake.bootloader give a 440-byte mbr.bin such as SYSLINUX's.",
  },
  RB_MBR_OVERLAP: {
    title: 'partitions overlap',
    means:
      'Two entries of the partition table claim the same sectors, so that it is not to be told whose they are.',
    todo: 'Correct the table with sfdisk or fdisk.',
  },
  RB_MODULE_INVALID: {
    title: 'a file is no kernel module',
    means: 'A .ko file of bake.kernel is damaged, or compressed in a way that is not known.',
    todo: 'Install the kernel package again.',
  },
  RB_OCI_UNSUPPORTED: {
    title: 'a kind of image that is not read, or no single one',
    means:
      'The image is of an old schema or an unknown media type, has no variant for the platform, or several images fit.',
    todo: 'Name platform, tag or digest; push or convert old images again with a current tool.',
  },
  RB_PATH_INVALID: {
    title: 'a path is not allowed',
    means:
      'A path leaves its parent by "..", holds a NUL byte, is too long, or the format at hand has no way to say it.',
    todo: 'Write it without; if it comes from an archive, do not use that one.',
  },
  RB_SYSLINUX_CONFIG: {
    title: 'the boot menu cannot say that',
    means: 'An option of the kernel has a line break, or all of them are longer than SYSLINUX passes on.',
    todo: 'Shorten bake.options, and give each option as one item.',
  },
  RB_SYSLINUX_NOT_FOUND: {
    title: 'a program holds no SYSLINUX',
    means:
      'The boot loader is taken out of the program extlinux, and the given one has none in it, or a modified one.',
    todo: 'Give /usr/bin/extlinux of the Debian package extlinux, or leave bake.bootloader out.',
  },
  RB_SYSLINUX_VERSION: {
    title: 'SYSLINUX is too old',
    means: 'Versions before 6.04 cannot read ext4 as it is made here.',
    todo: 'Use SYSLINUX 6.04 or newer, as in Debian 10 and later.',
  },
};
