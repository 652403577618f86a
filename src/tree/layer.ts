import { RootlessBakeError } from '../errors.ts';
import { type Pause, pacer } from '../host.ts';
import { type Conflict, conflictError } from './conflict.ts';
import { type DirectoryEntry, directoryEntry, type Entry, metadata } from './entry.ts';
import { joinPath, normalizePath } from './path.ts';
import { compareContents } from './same-content.ts';
import type { Place, Tree } from './tree.ts';

/** What becomes of a path that two inputs bring: an error, the overlay's entry, or what was there before. */
export type Settlement = 'refuse' | 'replace' | 'skip';

/** Where an overlay goes, and what happens to paths that both have. */
export interface LayerOptions {
  /** The directory of the base that becomes the overlay's root; made when missing. Default: `/`. */
  readonly to?: string;
  /** Settles a path, with no link in it but perhaps the last name. Default: everything is refused. */
  readonly settle?: (path: string) => Settlement;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A name, of anything but a directory, that an overlay has put into a tree. */
export interface Placement {
  /** Canonical, with no link in it but perhaps the last name. */
  readonly path: string;
  readonly entry: Entry;
}

/**
 * Lays `overlay` over `base`, in place. Nobody may touch the trees before it is done.
 *
 * - Directories merge; one that exists keeps its metadata. Where the base has a link in the place of the
 *   overlay's directory, its children go where the link leads (`/bin -> usr/bin`), and what a dangling link
 *   leads to is made.
 * - Equal things (type and content, target or device) are no conflict: the overlay's metadata counts, unless
 *   the path is settled as `skip`.
 * - Different things are a conflict, unless they are settled. A directory that is not empty is never replaced.
 * - A link of a merged-/usr root (`/bin -> usr/bin` beside `/usr/bin`) leaves a directory of the base where it is.
 *
 * Entries are shared with the overlay, but for its directories. When anything is thrown, the base is as before.
 *
 * @returns what the overlay has put there, in its order
 * @throws RB_TREE_CONFLICT with all paths that need settling
 * @throws what reading contents throws, where two files of one size meet
 * @throws RB_INTERRUPTED, or the reason of the signal
 *
 * @example
 * import { layer, type Tree } from 'rootless-bake';
 *
 * async function withSite(root: Tree, site: Tree): Promise<string[]> {
 *   const placed = await layer(root, site, { to: '/srv/www', settle: () => 'replace' });
 *   return placed.map(({ path }) => path);
 * }
 */
export async function layer(base: Tree, overlay: Tree, options: LayerOptions = {}): Promise<Placement[]> {
  const pace = pacer(BREATH, options.signal);
  return await layerWithPauses(base, overlay, options, () => pace(1));
}

/** As {@link layer}, at once: for overlays of a few entries. */
export function layerAtOnce(
  base: Tree,
  overlay: Tree,
  options: Omit<LayerOptions, 'signal'> = {},
): Placement[] {
  const steps = new Layering(base, overlay, options).steps();
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/**
 * As {@link layer}, with pauses, in which nobody may touch the trees; what a pause throws is thrown.
 *
 * @param pause called after each directory, now and then in large ones, and while contents are compared
 */
export async function layerWithPauses(
  base: Tree,
  overlay: Tree,
  options: LayerOptions,
  pause: Pause,
): Promise<Placement[]> {
  const steps = new Layering(base, overlay, options).steps();
  try {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      const paused = pause();
      if (paused) await paused;
    }
  } finally {
    steps.return([]);
  }
}

/** Steps of a layering, see {@link Layering.steps}, that go without a turn of the event loop. */
const BREATH = 20;

/** Entries of a directory that are one step. */
const PART = 100;

class Layering {
  readonly #base: Tree;
  readonly #overlay: Tree;
  readonly #to: string;
  readonly #settle: (path: string) => Settlement;
  readonly #placed: Placement[] = [];
  readonly #conflicts: Conflict[] = [];
  /** Takes back what was done, last first. */
  readonly #undo: (() => void)[] = [];

  constructor(base: Tree, overlay: Tree, { to = '/', settle = () => 'refuse' }: LayerOptions) {
    this.#base = base;
    this.#overlay = overlay;
    this.#to = to;
    this.#settle = settle;
  }

  /** One step per directory, per {@link PART} of its entries, and per piece of contents that are compared; undone when it is not gone to its end. */
  *steps(): Generator<void, Placement[]> {
    let isDone = false;
    try {
      const { root } = this.#overlay;
      const place = this.#base.follow(this.#to);
      const target = this.#directoryAt(place, root);
      if (target) yield* this.#merge(target, place!.path, root);
      else this.#conflicts.push(this.#rootConflict(place, root));
      if (this.#conflicts.length > 0) throw conflictError(this.#conflicts);
      isDone = true;
      return this.#placed;
    } finally {
      if (!isDone) for (const undo of this.#undo.reverse()) undo();
    }
  }

  *#merge(target: DirectoryEntry, path: string, source: DirectoryEntry): Generator<void> {
    yield;
    let count = 0;
    for (const [name, entry] of source.children) {
      count += 1;
      if (count % PART === 0) yield;
      const here = joinPath(path, name);
      if (entry.type === 'directory') yield* this.#mergeDirectory(target, name, here, entry);
      else if (source === this.#overlay.root && isMergedUsr(this.#overlay, name, entry))
        yield* this.#placeMerged(target, name, here, entry);
      else yield* this.#place(target, name, here, entry);
    }
  }

  *#mergeDirectory(
    parent: DirectoryEntry,
    name: string,
    path: string,
    wanted: DirectoryEntry,
  ): Generator<void> {
    const existing = parent.children.get(name);
    if (existing?.type === 'directory') {
      yield* this.#merge(existing, path, wanted);
      return;
    }
    if (existing?.type === 'symlink') {
      const place = this.#base.follow(path);
      const directory = this.#directoryAt(place, wanted);
      if (directory) {
        yield* this.#merge(directory, place!.path, wanted);
        return;
      }
    }
    const settlement = existing ? this.#settle(path) : 'replace';
    if (settlement === 'skip') return;
    if (settlement === 'refuse') {
      this.#conflicts.push({ path, existing: existing!, wanted });
      return;
    }
    const directory = directoryEntry(metadata(wanted));
    this.#set(parent, name, directory);
    yield* this.#merge(directory, path, wanted);
  }

  *#place(parent: DirectoryEntry, name: string, path: string, wanted: Entry): Generator<void> {
    const existing = parent.children.get(name);
    if (existing && existing !== wanted) {
      const settlement = this.#settle(path);
      if (settlement === 'skip') return;
      const isLost = existing.type === 'directory' && existing.children.size > 0;
      if (isLost || (settlement === 'refuse' && !(yield* isSame(path, existing, wanted)))) {
        this.#conflicts.push({ path, existing, wanted });
        return;
      }
    }
    this.#put(parent, name, path, wanted);
  }

  *#placeMerged(parent: DirectoryEntry, name: string, path: string, wanted: Entry): Generator<void> {
    const existing = parent.children.get(name);
    if (existing?.type !== 'directory') yield* this.#place(parent, name, path, wanted);
    else if (existing.children.size === 0 && this.#settle(path) !== 'skip')
      this.#put(parent, name, path, wanted);
  }

  #put(parent: DirectoryEntry, name: string, path: string, entry: Entry): void {
    this.#set(parent, name, entry);
    this.#placed.push({ path, entry });
  }

  /** The directory at a place, made where nothing is; undefined when something else is in the way. */
  #directoryAt(
    place: Place | undefined,
    { mtime, origin, ...meta }: DirectoryEntry,
  ): DirectoryEntry | undefined {
    if (!place) return undefined;
    if (place.entry) return place.entry.type === 'directory' ? place.entry : undefined;
    const names = place.path.slice(1).split('/');
    let directory = this.#base.root;
    for (const [index, name] of names.entries()) {
      let child = directory.children.get(name);
      if (child?.type !== 'directory') {
        const isLast = index === names.length - 1;
        child = directoryEntry(metadata({ ...(isLast ? meta : { mode: 0o755 }), mtime, origin }));
        this.#set(directory, name, child);
      }
      directory = child;
    }
    return directory;
  }

  #rootConflict(place: Place | undefined, wanted: DirectoryEntry): Conflict {
    if (place?.entry) return { path: place.path, existing: place.entry, wanted };
    throw new RootlessBakeError(
      'RB_TREE_CONFLICT',
      `${this.#to} cannot be made for ${wanted.origin}: something on the way there is no directory, or a link that leads round`,
    );
  }

  #set(parent: DirectoryEntry, name: string, entry: Entry): void {
    const { children } = parent;
    const before = children.get(name);
    this.#undo.push(() => (before ? children.set(name, before) : children.delete(name)));
    children.set(name, entry);
  }
}

const MERGED = /^(?:s?bin|lib(?:|32|64|x32))$/;

/**
 * True for a link of a root with merged /usr, such as `/bin -> usr/bin`, and the directory that it leads to:
 * where another root has a directory there, each of the two is right at its own place.
 */
function isMergedUsr(overlay: Tree, name: string, entry: Entry): boolean {
  if (entry.type !== 'symlink' || !MERGED.test(name)) return false;
  const [, target] = /^\/?usr\/([^/]+)\/?$/.exec(entry.target) ?? [];
  return target !== undefined && MERGED.test(target) && overlay.get(`/usr/${target}`)?.type === 'directory';
}

/** Whether two entries, of which none is a directory, are the same but for their metadata. */
function* isSame(path: string, one: Entry, other: Entry): Generator<void, boolean> {
  switch (one.type) {
    case 'file':
      return other.type === 'file' && (yield* compareContents(one.content, other.content));
    case 'symlink':
      return other.type === 'symlink' && leadsTo(path, one.target) === leadsTo(path, other.target);
    case 'char':
    case 'block':
      return other.type === one.type && one.major === other.major && one.minor === other.minor;
    default:
      return other.type === one.type && one.type !== 'directory';
  }
}

/**
 * A link's target as an absolute path where that is only a matter of spelling, so that `/var/run -> ../run` is
 * `/var/run -> /run`; else as it is written.
 */
function leadsTo(path: string, target: string): string {
  const [, up = '', rest = ''] = /^((?:\.\.\/)*)(.*)$/s.exec(target)!;
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(rest)) return target;
  if (target.startsWith('/')) return normalizePath(target);
  const folders = path.split('/').slice(1, -1);
  const above = folders.slice(0, Math.max(0, folders.length - up.length / 3));
  return normalizePath([...above, rest].join('/'));
}
