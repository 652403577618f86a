import { dirname } from 'node:path/posix';
import type { Loader } from './loaders.ts';
import type { ElfObject, ElfObjects } from './objects.ts';

/** An object that a loader has mapped for a program. */
export interface Loaded extends ElfObject {
  /** The folder that it was found in, which `$ORIGIN` stands for: links are not followed. */
  readonly folder: string;
  /** What needed it; absent for the program itself. */
  readonly by?: Loaded;
}

/**
 * musl's names of its parts, which are all in its loader (`load_library` in ldso/dynlink.c): `libm.so.6` as well as
 * `libc.so`.
 */
const MUSL_OWN = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

const ORIGIN = /\$(?:ORIGIN\b|\{ORIGIN\})/g;
const LIB = /\$(?:LIB\b|\{LIB\})/g;

/** True for what is a part of the loader itself. */
export function isOwnLibrary(name: string, loader: Loader): boolean {
  return name === loader.name || (loader.family === 'musl' && MUSL_OWN.test(name));
}

/**
 * The library that a needed name leads to. glibc: `_dl_map_object` in elf/dl-load.c; musl: `load_library` in
 * ldso/dynlink.c. Libraries for some processors only (`glibc-hwcaps`) and LD_LIBRARY_PATH do not count.
 */
export function findLibrary(
  name: string,
  by: Loaded,
  loader: Loader,
  objects: ElfObjects,
): Loaded | undefined {
  const { class: bits, machine } = by.dynamic;
  for (const path of candidates(name, by, loader)) {
    const object = objects.at(path);
    if (object?.dynamic.class === bits && object.dynamic.machine === machine)
      return { ...object, folder: dirname(path), by };
  }
  return undefined;
}

/** Where a loader looks, in its order. */
function* candidates(name: string, by: Loaded, loader: Loader): Generator<string> {
  if (name.includes('/')) {
    yield* expand(name, by, loader);
    return;
  }
  for (const folder of ownFolders(by, loader)) yield `${folder}/${name}`;
  // musl does not know the flag.
  const isOff = by.dynamic.noDefaultFolders && loader.family === 'glibc';
  for (const path of loader.cache.get(name) ?? [])
    if (!isOff || !loader.folders.some((folder) => path.startsWith(folder))) yield path;
  if (!isOff) for (const folder of loader.folders) yield `${folder}/${name}`;
}

/** The folders that the objects themselves name: for musl those of all that led here, whatever their tag. */
function* ownFolders(by: Loaded, loader: Loader): Generator<string> {
  if (loader.family === 'glibc' && by.dynamic.runpath !== undefined) {
    yield* listed(by.dynamic.runpath, by, loader);
    return;
  }
  for (let object: Loaded | undefined = by; object; object = object.by) {
    const { runpath, rpath } = object.dynamic;
    if (loader.family === 'musl') yield* listed(runpath ?? rpath, object, loader);
    else if (runpath === undefined) yield* listed(rpath, object, loader);
  }
}

function listed(folders: string | undefined, object: Loaded, loader: Loader): string[] {
  // musl passes a list over in which anything else has a dollar (`fixup_rpath` in ldso/dynlink.c).
  if (loader.family === 'musl' && folders?.replaceAll(ORIGIN, '').includes('$')) return [];
  return (folders ?? '').split(':').flatMap((folder) => expand(folder, object, loader));
}

/** Absolute paths for one with `$ORIGIN` or `$LIB` in it; what is relative depends on who runs it, and counts as nothing. */
function expand(path: string, { folder }: Loaded, { lib }: Loader): string[] {
  const local = path.replaceAll(ORIGIN, () => folder);
  if (!local.startsWith('/')) return [];
  return local.search(LIB) < 0 ? [local] : lib.map((name) => local.replaceAll(LIB, () => name));
}
