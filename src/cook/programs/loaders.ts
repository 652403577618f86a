import { ELF_MACHINE, type ElfDynamic, readLoaderCache, readLoaderPaths } from '../../formats/elf/index.ts';
import { readContent } from '../../tree/content.ts';
import { sortedNames, type Tree } from '../../tree/tree.ts';

/** How one dynamic loader of a root finds libraries. */
export interface Loader {
  readonly family: 'glibc' | 'musl';
  /** Its name, by which programs may need it as a library. */
  readonly name: string;
  /** Searched last. */
  readonly folders: readonly string[];
  /**
   * What `$LIB` may stand for, such as `lib64` or `lib/x86_64-linux-gnu`: one name where glibc's loader can be asked,
   * none for musl, which does not know it.
   */
  readonly lib: readonly string[];
  /** glibc's cache: paths by name. */
  readonly cache: ReadonlyMap<string, readonly string[]>;
}

/** Loaders are 1 MiB at most, caches a few; what is larger is not what it seems. */
const LIMIT = 1 << 26;

/** Where loaders are by their ABIs, by `e_machine` and class; glibc's first. */
const USUAL: Readonly<Record<string, readonly [glibc: string, musl: string]>> = {
  [`${ELF_MACHINE.x86_64} 64`]: ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-musl-x86_64.so.1'],
  [`${ELF_MACHINE.x86_64} 32`]: ['/libx32/ld-linux-x32.so.2', '/lib/ld-musl-x32.so.1'],
  [`${ELF_MACHINE.i386} 32`]: ['/lib/ld-linux.so.2', '/lib/ld-musl-i386.so.1'],
  [`${ELF_MACHINE.aarch64} 64`]: ['/lib/ld-linux-aarch64.so.1', '/lib/ld-musl-aarch64.so.1'],
  [`${ELF_MACHINE.arm} 32`]: ['/lib/ld-linux-armhf.so.3', '/lib/ld-musl-armhf.so.1'],
  [`${ELF_MACHINE.riscv} 64`]: ['/lib/ld-linux-riscv64-lp64d.so.1', '/lib/ld-musl-riscv64.so.1'],
};

/** What loaders search that cannot be asked, because they are not there. */
const USUAL_FOLDERS = {
  glibc: ['/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  musl: ['/lib', '/usr/local/lib', '/usr/lib'],
} as const;

export class Loaders {
  readonly #tree: Tree;
  readonly #known = new Map<string, Loader>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The loader at a program's `PT_INTERP`; where there is none, what one of that name usually does. */
  at(interpreter: string): Loader {
    const known = this.#known.get(interpreter) ?? this.#read(interpreter);
    this.#known.set(interpreter, known);
    return known;
  }

  /**
   * The loader that would load a library: by the C library that it needs, one that programs have named before, else
   * the usual one.
   */
  for({ class: bits, machine, needed }: ElfDynamic): Loader {
    const family = needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'))
      ? 'musl'
      : 'glibc';
    const usual = USUAL[`${machine} ${bits}`]?.[family === 'glibc' ? 0 : 1];
    const named = [...this.#known.values()].find((loader) => loader.family === family);
    if (usual !== undefined && this.#tree.resolve(usual)) return this.at(usual);
    return named ?? this.at(usual ?? (family === 'musl' ? '/lib/ld-musl.so.1' : '/lib/ld.so.1'));
  }

  #read(interpreter: string): Loader {
    const name = interpreter.slice(interpreter.lastIndexOf('/') + 1);
    const bytes = this.#bytes(interpreter);
    const paths = bytes && readLoaderPaths(bytes);
    const family = paths?.family ?? (/^ld-musl|^libc\.musl/.test(name) ? 'musl' : 'glibc');
    const usual = paths
      ? paths.folders
      : [...USUAL_FOLDERS[family], ...(family === 'glibc' ? this.#multiarch() : [])];
    if (family === 'musl') {
      const file = paths?.file ?? `/etc/${name.replace(/\.so\.1$/, '')}.path`;
      return {
        family,
        name,
        folders: this.#pathFile(prefixOf(interpreter) + file) ?? usual,
        lib: [],
        cache: new Map(),
      };
    }
    const cache = this.#bytes(paths?.file ?? '/etc/ld.so.cache');
    const lib = [...new Set(usual.map(libOf))].slice(0, paths ? 1 : undefined);
    return { family, name, folders: usual, lib, cache: cache ? readLoaderCache(cache) : new Map() };
  }

  /** The folders in which Debian has libraries, as /usr/lib/x86_64-linux-gnu. */
  #multiarch(): string[] {
    return ['/lib', '/usr/lib'].flatMap((path) => {
      const entry = this.#tree.resolve(path)?.entry;
      const names = entry?.type === 'directory' ? sortedNames(entry) : [];
      return names.filter((name) => /-linux-gnu/.test(name)).map((name) => `${path}/${name}`);
    });
  }

  /** musl's list of folders, parted by colons or line ends. */
  #pathFile(path: string): string[] | undefined {
    const bytes = this.#bytes(path);
    return (
      bytes &&
      Buffer.from(bytes)
        .toString('utf8')
        .split(/[:\n]/)
        .filter((folder) => folder.startsWith('/'))
    );
  }

  #bytes(path: string): Uint8Array | undefined {
    const entry = this.#tree.resolve(path)?.entry;
    return entry?.type === 'file' && entry.content.size <= LIMIT ? readContent(entry.content) : undefined;
  }
}

/** glibc is built with the name of its libraries' folder, which is that of the first one that it searches. */
function libOf(folder: string): string {
  return /lib[^/]*(?:\/[^/]+-linux-[^/]+)?\/*$/.exec(folder)?.[0].replace(/\/+$/, '') ?? 'lib';
}

/** What is left of musl's own path without its last two names. */
function prefixOf(interpreter: string): string {
  return interpreter.split('/').slice(0, -2).join('/');
}
