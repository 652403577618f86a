import { parsePackageName, type StorePath, storePath } from '../../formats/nix/index.ts';

/** A store path and what its name says. */
interface Listed {
  readonly path: StorePath;
  readonly name: string;
  readonly version: string;
}

/**
 * The store paths that a channel has built, in all their outputs and for all its systems: a line for each, as
 * Hydra lists them in store-paths.xz.
 */
export class StorePathList {
  /** By the name of the package. */
  readonly #byName = new Map<string, Listed[]>();
  /** By all that comes behind the hash. */
  readonly #byFullName = new Map<string, Listed[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const path = storePath(line.trim());
      if (!path) continue;
      const listed = { path, ...parsePackageName(path.name) };
      append(this.#byName, listed.name, listed);
      append(this.#byFullName, path.name, listed);
    }
  }

  /** How many names it has. */
  get size(): number {
    return this.#byFullName.size;
  }

  /** Names of packages. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /**
   * The store paths that a word may stand for: the name of a package (`gawk`), a name as it is (`gawk-5.2.1`), or
   * either with an output behind a period (`gawk.man`). The name of a package stands for its first output, whose
   * name has no suffix, as long as it has one.
   */
  find(word: string): StorePath[] {
    const named = this.#byName.get(word);
    if (named) return pathsOf(withoutOutputs(named));
    const exact = this.#byFullName.get(word);
    if (exact) return pathsOf(exact);
    const [, name, output] = /^(.+)\.([a-z][a-z0-9]*)$/.exec(word) ?? [];
    if (name === undefined) return [];
    const whole = this.#byFullName.get(`${name}-${output}`);
    if (whole) return pathsOf(whole);
    return pathsOf((this.#byName.get(name) ?? []).filter(({ version }) => version.endsWith(`-${output}`)));
  }
}

/** `5.2.1-man` is an output of `5.2.1` where there is that as well. */
function withoutOutputs(listed: readonly Listed[]): readonly Listed[] {
  const versions = new Set(listed.map(({ version }) => version));
  return listed.filter(({ version }) => {
    const [, first] = /^(.*)-[a-z][a-z0-9]*$/.exec(version) ?? [];
    return first === undefined || !versions.has(first);
  });
}

function pathsOf(listed: readonly Listed[]): StorePath[] {
  return [...new Map(listed.map(({ path }) => [path.base, path])).values()];
}

function append(map: Map<string, Listed[]>, key: string, listed: Listed): void {
  const list = map.get(key);
  if (list) list.push(listed);
  else map.set(key, [listed]);
}
