/** Where a dynamic loader looks for libraries, from the texts in its own file: distributions build them differently. */

export interface LoaderPaths {
  readonly family: 'glibc' | 'musl';
  /** Built in, in the order of the search. */
  readonly folders: readonly string[];
  /**
   * glibc: the cache that ldconfig writes (`LD_SO_CACHE` in elf/dl-load.c). musl: the file with folders that count
   * instead of the built-in ones, below the loader's prefix (`load_library` in ldso/dynlink.c).
   */
  readonly file?: string;
}

const PATH = '/[\\x21-\\x39\\x3b-\\x7e]*';
/** glibc's `system_dirs`: folders with a slash at the end, each with its NUL. */
const GLIBC_FOLDERS = new RegExp(`(?:^|[^\\x21-\\x7e])((?:${PATH}/\\0)+)`, 'g');
const GLIBC_CACHE = new RegExp(`\\0(${PATH}/ld\\.so\\.cache)\\0`);
const MUSL_FOLDERS = new RegExp(`\\0(${PATH}(?::${PATH})+)\\0`, 'g');
const MUSL_FILE = /(\/etc\/ld-musl-[\w.-]+\.path)\0/;

/** @returns undefined when the file is the loader of neither glibc nor musl */
export function readLoaderPaths(bytes: Uint8Array): LoaderPaths | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const file = MUSL_FILE.exec(text)?.[1];
  if (file !== undefined) return { family: 'musl', file, folders: foldersIn(text, MUSL_FOLDERS, ':') };
  const cache = GLIBC_CACHE.exec(text)?.[1];
  if (cache === undefined) return undefined;
  return { family: 'glibc', file: cache, folders: foldersIn(text, GLIBC_FOLDERS, '\0') };
}

/** The first list of folders in which all are for libraries; there are others, such as a PATH. */
function foldersIn(text: string, pattern: RegExp, separator: string): readonly string[] {
  for (const [, list] of text.matchAll(pattern)) {
    const folders = list!.split(separator).filter((folder) => folder !== '');
    if (folders.every((folder) => folder.includes('/lib'))) return folders;
  }
  return [];
}
