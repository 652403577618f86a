import type { FormatOptions } from 'ext2fs-wasm';

/** What a recipe may choose of a file system; the rest is mke2fs's own choice, from the size. */
export interface FileSystemChoices {
  /** Default `ext4`. */
  readonly type?: 'ext2' | 'ext3' | 'ext4';
  /** In bytes; default 4096, whatever the size. */
  readonly blockSize?: 1024 | 2048 | 4096;
  /** Features to add, or to take away with `^`, by the names of ext4(5). */
  readonly features?: readonly string[];
  /** Size of the journal in bytes, whole MiB; `false`: none. */
  readonly journal?: number | false;
  /** How many inodes, at least. */
  readonly inodes?: number;
  /** One inode for this many bytes of the file system. */
  readonly bytesPerInode?: number;
  /** In bytes; default 256. */
  readonly inodeSize?: 128 | 256;
  /** Space that only root may fill, percent; default 5. */
  readonly reserved?: number;
  /** Seed of the hashes of names in large directories, a UUID; default: derived from the file system's UUID. */
  readonly hashSeed?: string;
}

/** A file system to make, in all but its size. */
export interface FileSystem extends FileSystemChoices {
  readonly uuid: string;
  readonly label?: string | undefined;
  /** Seconds since 1970: every time in the superblock. */
  readonly epoch: number;
}

/** mke2fs would take 1 KiB below 512 MiB: slower, and too small for long symbolic links. */
const BLOCK_SIZE = 4096;

/** The length of a block in bytes. */
export function blockSizeOf(fileSystem: FileSystemChoices): 1024 | 2048 | 4096 {
  return fileSystem.blockSize ?? BLOCK_SIZE;
}

/** How the file system is made: e2fsprogs's own defaults of its type, what was chosen, everything else pinned. */
export function formatOptions(fileSystem: FileSystem): FormatOptions {
  const { journal, reserved, label, type, features, inodes, bytesPerInode, inodeSize, hashSeed } = fileSystem;
  return {
    type: type ?? 'ext4',
    blockSize: blockSizeOf(fileSystem),
    uuid: fileSystem.uuid,
    epoch: fileSystem.epoch,
    ...(label !== undefined && { label }),
    ...(features !== undefined && { features }),
    ...(journal !== undefined && { journalMiB: journal === false ? false : journal / 2 ** 20 }),
    ...(inodes !== undefined && { inodes }),
    ...(bytesPerInode !== undefined && { bytesPerInode }),
    ...(inodeSize !== undefined && { inodeSize }),
    ...(reserved !== undefined && { reservedPercent: reserved }),
    ...(hashSeed !== undefined && { hashSeed }),
  };
}
