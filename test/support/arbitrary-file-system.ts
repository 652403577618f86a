import fc from 'fast-check';
import type { FileSystemChoice } from './ext4-image.ts';

/** Sets of features that mke2fs takes with every type's defaults: each has a layout of its own. */
const FEATURES = {
  ext2: [[], ['^dir_index'], ['^filetype'], ['^sparse_super', '^resize_inode'], ['^large_file']],
  ext3: [[], ['^dir_index'], ['^resize_inode'], ['dir_nlink', 'extra_isize', 'huge_file']],
  ext4: [
    [],
    ['^64bit'],
    ['^metadata_csum'],
    ['^metadata_csum', 'uninit_bg'],
    ['^flex_bg'],
    ['^extent', '^64bit'],
    ['^dir_index'],
    ['^resize_inode', 'meta_bg'],
    ['metadata_csum_seed'],
    ['^huge_file', '^dir_nlink', '^extra_isize'],
    ['large_dir', 'ea_inode', 'sparse_super2', '^resize_inode'],
    ['orphan_file'],
  ],
} as const;

/** Types, block sizes, features and journals. */
export function arbitraryFileSystem(): fc.Arbitrary<FileSystemChoice> {
  return fc
    .record({
      type: fc.constantFrom('ext4' as const, 'ext4' as const, 'ext3' as const, 'ext2' as const),
      blockSize: fc.constantFrom(4096 as const, 1024 as const, 2048 as const),
      reservedPercent: fc.nat(10),
      features: fc.nat(1000),
      journal: fc.constantFrom('default', 'none', 'large'),
    })
    .map(({ type, blockSize, reservedPercent, features, journal }) => {
      const sets = FEATURES[type];
      return {
        ...{ type, blockSize, reservedPercent, features: sets[features % sets.length]! },
        ...(type === 'ext4' && journal === 'none' && { journalMiB: false as const }),
        ...(type !== 'ext2' && journal === 'large' && { journalMiB: 6 }),
      };
    });
}
