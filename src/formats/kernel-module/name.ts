/** Folders before a module's file name, and its suffix: `.ko`, `.ko.gz`, `.ko.xz`, `.ko.zst`. */
const FILE_NAME = /^(?:.*\/)?([^/]+?)\.ko(?:\.(?:gz|xz|zst))?$/;

/** A module's name as the kernel has it: `-` becomes `_`, so that `virtio-blk` and `virtio_blk` are one. */
export function normalizeModuleName(name: string): string {
  return name.replaceAll('-', '_');
}

/**
 * The name of the module in a file, from its path; undefined when it is no module file.
 *
 * @example
 * moduleNameOf('kernel/crypto/crc32c_generic.ko.xz'); // 'crc32c_generic'
 */
export function moduleNameOf(path: string): string | undefined {
  const name = FILE_NAME.exec(path)?.[1];
  return name === undefined ? undefined : normalizeModuleName(name);
}

/**
 * An alias, or a pattern of aliases, with `-` as `_`, except in brackets, where `-` makes a range (as
 * kmod's `alias_normalize`).
 */
export function normalizeAlias(alias: string): string {
  return alias.replace(/\[[^\]]*\]|-/g, (part) => (part === '-' ? '_' : part));
}
