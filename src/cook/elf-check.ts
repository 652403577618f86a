import type { Pause } from '../host.ts';
import type { Placement } from '../tree/layer.ts';
import type { Tree } from '../tree/tree.ts';
import type { UnmetNeeds } from './options.ts';
import { type Closure, loadClosure, type Unmet } from './programs/closure.ts';
import { configuredFolders } from './programs/loader-conf.ts';
import { linkLoader } from './programs/loader-links.ts';
import { Loaders } from './programs/loaders.ts';
import { type ElfObject, ElfObjects } from './programs/objects.ts';

/**
 * Looks whether the programs and libraries that the contents have brought find what they need in the root, each as its
 * own dynamic loader would: the interpreter, and libraries by RUNPATH, RPATH, the loader's cache and folders. A loader
 * that merged /usr hides gets its link.
 *
 * What the base and its packages brought is not looked at: their package manager has seen to it, and reading thousands of
 * files to hear that again would take longer than laying the contents.
 *
 * @param placed by the contents
 * @param mtime nanoseconds, of the links
 * @param pause called after each file that is looked at; the tree must not change meanwhile
 */
export async function checkPrograms(
  tree: Tree,
  placed: readonly Placement[],
  mtime: bigint,
  pause: Pause,
): Promise<UnmetNeeds[]> {
  const objects = new ElfObjects(tree);
  const brought = await broughtObjects(tree, placed, objects, pause);
  const needs = new Needs(tree);
  const loaders = new Loaders(tree);
  const visited = new Set<ElfObject['entry']>();
  const names = new Set<string>();
  const visit = ({ loaded, names: found }: Closure): void => {
    for (const { entry } of loaded) visited.add(entry);
    for (const name of found) names.add(name);
  };
  const programs = brought.filter(({ dynamic }) => dynamic.interpreter !== undefined);
  for (const interpreter of new Set(programs.map(({ dynamic }) => dynamic.interpreter!))) {
    if (linkLoader(tree, interpreter, mtime)) continue;
    for (const program of programs)
      if (program.dynamic.interpreter === interpreter) needs.interpreter(program, interpreter);
  }
  for (const program of programs) {
    const closure = loadClosure(program, loaders.at(program.dynamic.interpreter!), objects);
    visit(closure);
    for (const unmet of closure.unmet) needs.library(unmet);
    await pause();
  }
  for (const library of brought) {
    if (library.dynamic.needed.length === 0 || visited.has(library.entry)) continue;
    const closure = loadClosure(library, loaders.for(library.dynamic), objects);
    visit(closure);
    // What loads a plug-in has loaded libraries before it.
    for (const unmet of closure.unmet) if (unmet.foreign || !names.has(unmet.name)) needs.library(unmet);
    await pause();
  }
  return needs.all();
}

/**
 * The programs and libraries among what was placed and is still there, each by its first name. Only what is executable or
 * has the name of a library is opened: thousands of other files are not.
 */
async function broughtObjects(
  tree: Tree,
  placed: readonly Placement[],
  objects: ElfObjects,
  pause: Pause,
): Promise<ElfObject[]> {
  const brought: ElfObject[] = [];
  const seen = new Set<Placement['entry']>();
  for (const { path, entry } of placed) {
    if (entry.type !== 'file' || seen.has(entry) || tree.get(path) !== entry) continue;
    if ((entry.mode & 0o111) === 0 && !LIBRARY_NAME.test(path)) continue;
    seen.add(entry);
    const object = objects.of(path, entry);
    if (object) brought.push(object);
    await pause();
  }
  return brought;
}

const LIBRARY_NAME = /\.so(?:\.[^/]*)?$/;

/** What was not found, by the file that needs it. */
class Needs {
  readonly #tree: Tree;
  readonly #unmet = new Map<
    string,
    { object: ElfObject; interpreter?: string; libraries: Map<string, string> }
  >();
  #configured: readonly string[] | undefined;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  interpreter(program: ElfObject, interpreter: string): void {
    this.#of(program).interpreter = interpreter;
  }

  library({ by, name, foreign }: Unmet): void {
    this.#of(by).libraries.set(name, foreign ? `${foreign} is made for musl` : this.#configuredNote(name));
  }

  all(): UnmetNeeds[] {
    return [...this.#unmet.values()].map(({ object, interpreter, libraries }) => ({
      path: object.path,
      origin: object.entry.origin,
      ...(interpreter !== undefined && { interpreter }),
      libraries: [...libraries].map(([name, note]) => ({ name, ...(note && { note }) })),
    }));
  }

  #of(object: ElfObject) {
    const known = this.#unmet.get(object.path) ?? { object, libraries: new Map<string, string>() };
    this.#unmet.set(object.path, known);
    return known;
  }

  #configuredNote(name: string): string {
    this.#configured ??= configuredFolders(this.#tree);
    const folder = this.#configured.find(
      (path) => this.#tree.resolve(`${path}/${name}`)?.entry.type === 'file',
    );
    return folder === undefined
      ? ''
      : `it is in ${folder}, which only ldconfig makes known: run it once in the system`;
  }
}

/** So many files are named in one warning; the others are counted. */
const SHOWN = 5;

/** @param unmet at least one */
export function programsWarning(unmet: readonly UnmetNeeds[]): string {
  const lines = unmet.slice(0, SHOWN).map(({ path, origin, interpreter, libraries }) => {
    const needs = [
      ...(interpreter === undefined ? [] : [`the loader ${interpreter}`]),
      ...libraries.map(({ name, note }) => (note === undefined ? name : `${name} (${note})`)),
    ];
    return `${path} of ${origin} needs ${needs.join(', ')}`;
  });
  const rest = unmet.length - lines.length;
  return [
    'not everything that programs need is in the root:',
    ...lines,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('\n  ');
}
