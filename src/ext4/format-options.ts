import type { FormatOptions } from 'ext2fs-wasm';

/** What a recipe says of the root file system. */
export interface RootFileSystem {
  readonly uuid: string;
  readonly label?: string | undefined;
  /** Seconds since 1970: every time in the superblock. */
  readonly epoch: number;
}

/** mke2fs would take 1 KiB below 512 MiB: slower, and too small for long symbolic links. */
const BLOCK_SIZE = 4096;

/** How the root file system is made: e2fsprogs's own ext4 defaults, everything else pinned. */
export function formatOptions({ uuid, label, epoch }: RootFileSystem): FormatOptions {
  return { type: 'ext4', blockSize: BLOCK_SIZE, uuid, epoch, ...(label !== undefined && { label }) };
}
