import { parseInstalled } from '../formats/apk/database.ts';
import { breather, type Host } from '../host.ts';
import type { Entry } from '../tree/entry.ts';
import { joinPath } from '../tree/path.ts';
import { sortedNames, type Tree } from '../tree/tree.ts';
import { APK_INSTALLED } from './apk-components.ts';
import type { Component } from './component.ts';
import { DPKG } from './deb-components.ts';
import { readText } from './text.ts';

/** Tells whose a file of the root is. */
export type OwnerOf = (path: string, entry: Entry) => Component | undefined;

/**
 * Whose the files of a root are: of the component that put them there by their origin, else of the package whose
 * database lists them, as for the files of a base. What the recipe's own contents have replaced is nobody's.
 */
export async function owners(
  tree: Tree,
  components: readonly Component[],
  host: Pick<Host, 'now' | 'signal'>,
): Promise<OwnerOf> {
  const breathe = breather(host);
  const byOrigin = new Map(components.map((component) => [component.origin, component]));
  const listed = new Map<string, Component>();
  const places = new Places(tree);
  const byName = new Map<string, Component[]>();
  for (const component of components) {
    const key = nameOf(component);
    byName.set(key, [...(byName.get(key) ?? []), component]);
  }
  for (const [names, paths] of fileLists(tree)) {
    const component = byName.get(nameOf(names))?.find((each) => isFor(each, names));
    if (component) for (const path of paths) listed.set(places.of(path), component);
    await breathe();
  }
  return (path, { origin }) =>
    byOrigin.get(origin) ?? (origin.startsWith('content ') ? undefined : listed.get(path));
}

interface Names {
  readonly type: Component['type'];
  readonly name: string;
  /** Where packages of several architectures may be installed beside each other. */
  readonly architecture?: string | undefined;
}

function nameOf({ type, name }: Names): string {
  return `${type} ${name}`;
}

function isFor({ architecture }: Component, wanted: Names): boolean {
  return wanted.architecture === undefined || wanted.architecture === architecture;
}

type FileList = readonly [names: Names, paths: readonly string[]];

/** A list of more paths comes in parts. */
const PART = 5000;

/** One after the other, for those of dpkg are files of their own. */
function* fileLists(tree: Tree): Generator<FileList> {
  yield* apkLists(tree);
  yield* dpkgLists(tree);
}

function* apkLists(tree: Tree): Generator<FileList> {
  for (const { name, directories } of parseInstalled(readText(tree, APK_INSTALLED) ?? '')) {
    const paths = directories.flatMap(({ path, files }) => files.map((file) => `/${path}/${file.name}`));
    yield [{ type: 'apk', name }, paths];
  }
}

/** `info/NAME.list` and `info/NAME:ARCHITECTURE.list`; images of distroless have `status.d/NAME.md5sums`. */
function* dpkgLists(tree: Tree): Generator<FileList> {
  for (const folder of ['info', 'status.d']) {
    const entry = tree.resolve(`${DPKG}/${folder}`)?.entry;
    for (const file of entry?.type === 'directory' ? sortedNames(entry) : []) {
      const [, name, architecture, kind] = /^([^:]+)(?::(.+))?\.(list|md5sums)$/.exec(file) ?? [];
      if (name === undefined || (kind === 'list') !== (folder === 'info')) continue;
      const lines = (readText(tree, `${DPKG}/${folder}/${file}`) ?? '').split('\n');
      const paths = kind === 'list' ? lines : lines.map((line) => `/${line.replace(/^\S+ +/, '')}`);
      for (let at = 0; at < paths.length; at += PART) {
        const part = paths.slice(at, at + PART).filter((path) => path.length > 1);
        yield [{ type: 'deb', name, architecture }, part];
      }
    }
  }
}

/** Where listed paths are in the tree, whose /bin may be a link to /usr/bin. */
class Places {
  readonly #tree: Tree;
  readonly #folders = new Map<string, string>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  of(path: string): string {
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, at) || '/';
    let place = this.#folders.get(folder);
    if (place === undefined) {
      place = this.#tree.resolve(folder)?.path ?? folder;
      this.#folders.set(folder, place);
    }
    return joinPath(place, path.slice(at + 1));
  }
}
