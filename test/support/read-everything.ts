import { type BlockDevice, Ext2fsError, openReader, type Reader } from 'ext2fs-wasm';

/** What came of reading a file system through. */
export interface ReadReport {
  readonly entries: number;
  /** Bytes of content that were read; holes are not. */
  readonly bytes: number;
  readonly errors: Ext2fsError[];
}

const MOST_READ = 64 << 20;

/**
 * Walks a file system and reads all it has: names, stats, attributes, links, the content of every extent. What is
 * damaged is noted and passed by; anything that is no {@link Ext2fsError} is thrown.
 */
export async function readEverything(device: BlockDevice): Promise<ReadReport> {
  const errors: Ext2fsError[] = [];
  let [entries, bytes] = [0, 0];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Ext2fsError)) throw error;
      errors.push(error);
    }
  };
  let reader: Reader | undefined;
  try {
    reader = await openReader(device);
    for (const { inode, stat } of reader.walk('/', { onError: (error) => errors.push(error) })) {
      entries += 1;
      attempt(() => reader!.xattrs(inode));
      if (stat.type === 'symlink') attempt(() => reader!.readlink(inode));
      if (stat.type === 'directory') attempt(() => reader!.list(inode));
      if (stat.type !== 'file') continue;
      attempt(() => {
        for (const { position, length } of reader!.extents(inode)) {
          const part = Math.min(length, stat.size - position);
          if (part > 0 && bytes < MOST_READ)
            bytes += reader!.read(inode, new Uint8Array(Math.min(part, 1 << 20)), position);
        }
        reader!.read(inode, new Uint8Array(100), Math.max(0, stat.size - 50));
      });
    }
  } catch (error) {
    if (!(error instanceof Ext2fsError)) throw error;
    errors.push(error);
  } finally {
    reader?.close();
  }
  return { entries, bytes, errors };
}
