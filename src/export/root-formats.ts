/** What a root can be written as: two kinds of archive, an image of OCI as one file or as a folder, a folder. */
export const ROOT_FORMATS = [
  'tar',
  'tar.gz',
  'tar.zst',
  'cpio',
  'cpio.gz',
  'cpio.zst',
  'oci.tar',
  'oci',
  'dir',
] as const;

/** In what a cooked root can be written. */
export type RootFormat = (typeof ROOT_FORMATS)[number];
