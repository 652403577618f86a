import type { Content } from '../../src/tree/content.ts';
import { fileEntry, type Metadata, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

const FILE: Metadata = metadata({ mode: 0o644, mtime: 1_600_000_000n * 10n ** 9n, origin: 'synthetic' });
const FOLDER: Metadata = { ...FILE, mode: 0o755 };

/** A content of a size that takes no memory: its bytes follow from their positions. */
export function patternContent(size: number): Content {
  return {
    size,
    open: () => ({
      read(target, position) {
        const count = Math.min(target.length, size - position);
        for (let index = 0; index < count; index += 1) target[index] = ((position + index) * 31) >>> 3;
        return count;
      },
      close() {},
    }),
  };
}

/** A tree of files in `folders` directories, whose sizes the index decides. */
export function syntheticTree(files: number, folders: number, sizeOf: (index: number) => number): Tree {
  const tree = new Tree(FOLDER);
  for (let index = 0; index < files; index += 1)
    tree.set(`/d${index % folders}/file-${index}`, fileEntry(patternContent(sizeOf(index)), FILE), FOLDER);
  return tree;
}
