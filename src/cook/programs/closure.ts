import { dirname } from 'node:path/posix';
import type { Loader } from './loaders.ts';
import type { ElfObject, ElfObjects } from './objects.ts';
import { findLibrary, isOwnLibrary, type Loaded } from './search.ts';

/** A name that an object needs, and the loader does not find. */
export interface Unmet {
  readonly by: ElfObject;
  readonly name: string;
  /** The path of a library of that name which is made for another libc. */
  readonly foreign?: string;
}

export interface Closure {
  /** The program first, then its libraries in the order in which they are mapped. */
  readonly loaded: readonly Loaded[];
  /** Names that were looked for and found. */
  readonly names: ReadonlySet<string>;
  readonly unmet: readonly Unmet[];
}

/** What a loader would map for a program, and what it would not find: breadth first, each name told once. */
export function loadClosure(program: ElfObject, loader: Loader, objects: ElfObjects): Closure {
  const loaded: Loaded[] = [{ ...program, folder: dirname(program.path) }];
  const mapped = new Set([program.entry]);
  const names = new Set<string>();
  const unmet = new Map<string, Unmet>();
  const miss = (one: Unmet): void => {
    if (!unmet.has(one.name)) unmet.set(one.name, one);
  };
  // Grows while it is walked.
  for (const by of loaded) {
    for (const name of by.dynamic.needed) {
      if (names.has(name) || isOwnLibrary(name, loader)) continue;
      // What one object does not find, another may: loaders go on, so as to tell of all that is missing.
      const found = findLibrary(name, by, loader, objects);
      if (!found) {
        miss({ by, name });
        continue;
      }
      if (isForeign(found, loader)) {
        miss({ by, name, foreign: found.path });
        continue;
      }
      names.add(name);
      // glibc takes a library that is there for another name by what it calls itself.
      if (loader.family === 'glibc' && found.dynamic.soname !== undefined) names.add(found.dynamic.soname);
      if (mapped.has(found.entry)) continue;
      mapped.add(found.entry);
      loaded.push(found);
    }
  }
  return { loaded, names, unmet: [...unmet.values()] };
}

/** Alpine's libraries need musl by this name: glibc's loader would map two C libraries into one program. */
function isForeign({ dynamic }: Loaded, { family }: Loader): boolean {
  return family === 'glibc' && dynamic.needed.some((name) => name.startsWith('libc.musl-'));
}
