import { parsePackageName, STORE, type StorePath, storePath } from '../../formats/nix/index.ts';

/**
 * The store paths that a channel has built, in all their outputs and for all its systems: a line for each, as
 * Hydra lists them in store-paths.xz. There are some hundred thousand, of which a recipe wants a few: the text is
 * searched as it is.
 */
export class StorePathList {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Names of packages, some of them several times. */
  *names(): Generator<string> {
    for (const { name } of this.#search('[^\\r\\n]+')) yield parsePackageName(name).name;
  }

  /**
   * The store paths that a word may stand for: the name of a package (`gawk`), a name as it is (`gawk-5.2.1`), or
   * either with an output behind a period (`gawk.man`). The name of a package stands for its first output, whose
   * name has no suffix, as long as it has one.
   */
  find(word: string): StorePath[] {
    const named = this.#package(word);
    if (named.length > 0) return withoutOutputs(named);
    const exact = this.#search(escaped(word));
    if (exact.length > 0) return exact;
    const [, name, output] = /^(.+)\.([a-z][a-z0-9]*)$/.exec(word) ?? [];
    if (name === undefined) return [];
    const whole = this.#search(escaped(`${name}-${output}`));
    if (whole.length > 0) return whole;
    return this.#package(name).filter((path) => path.name.endsWith(`-${output}`));
  }

  #package(name: string): StorePath[] {
    const paths = this.#search(`${escaped(name)}(?:-[^\\r\\n]*)?`);
    return paths.filter((path) => parsePackageName(path.name).name === name);
  }

  /** The paths whose names are of a pattern, each once. */
  #search(pattern: string): StorePath[] {
    const line = new RegExp(`^${STORE}/([0-9a-z]{32}-${pattern})$`, 'gm');
    const bases = new Set(Array.from(this.#text.matchAll(line), ([, base]) => base!));
    return [...bases].map(storePath).filter((path) => path !== undefined);
  }
}

/** `gawk-5.2.1-man` is an output of `gawk-5.2.1` where there is that as well. */
function withoutOutputs(paths: readonly StorePath[]): StorePath[] {
  const names = new Set(paths.map(({ name }) => name));
  return paths.filter(({ name }) => {
    const [, first] = /^(.*)-[a-z][a-z0-9]*$/.exec(name) ?? [];
    return first === undefined || !names.has(first);
  });
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '\\$&');
}
