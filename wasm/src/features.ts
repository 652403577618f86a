/**
 * The features of a file system that {@link format} can set or take away, by the names of ext4(5), as mke2fs
 * 1.47.0 takes them. Left out: `journal_dev`, which makes a journal and no file system, and `mmp`, which
 * guards a device that several hosts see.
 */
export const featureNames: readonly string[] = [
  // compatible: s_feature_compat
  ...['has_journal', 'ext_attr', 'resize_inode', 'dir_index', 'sparse_super2', 'fast_commit'],
  ...['stable_inodes', 'orphan_file'],
  // incompatible: s_feature_incompat
  ...['filetype', 'meta_bg', 'extent', 'extents', '64bit', 'flex_bg', 'ea_inode', 'metadata_csum_seed'],
  ...['large_dir', 'inline_data', 'encrypt', 'casefold'],
  // compatible with reading: s_feature_ro_compat
  ...['sparse_super', 'large_file', 'huge_file', 'uninit_bg', 'dir_nlink', 'extra_isize', 'quota'],
  ...['bigalloc', 'metadata_csum', 'project', 'verity'],
];

const known: ReadonlySet<string> = new Set(featureNames);

/**
 * Refuses what is no feature, with or without a `^` in front.
 * @throws {RangeError} that names all of them
 */
export function checkFeatures(features: readonly string[]): void {
  const unknown = features.filter((feature) => !known.has(feature.replace(/^\^/, '')));
  if (unknown.length > 0) {
    const words = unknown.map((feature) => JSON.stringify(feature)).join(', ');
    throw new RangeError(`not a feature of ext2, ext3 or ext4: ${words}`);
  }
}
