import { breather, type Host } from '../host.ts';
import type { Content } from '../tree/content.ts';
import type { DirectoryEntry, Entry } from '../tree/entry.ts';
import { sortNames } from '../tree/name.ts';
import { joinPath } from '../tree/path.ts';
import { compareContents } from '../tree/same-content.ts';
import type { Tree } from '../tree/tree.ts';
import { type EntryFacts, entryFacts } from './entry-facts.ts';

/** In what two entries of one path can differ. */
export const ASPECTS = ['type', 'content', 'mode', 'owner', 'time', 'xattrs', 'device', 'target'] as const;

/** In what two entries of one path can differ. */
export type Aspect = (typeof ASPECTS)[number];

/** What counts as a difference. */
export interface DiffOptions {
  /** What does not count. With `type`, neither does anything else of a path that is of two types. */
  readonly ignore?: readonly Aspect[];
}

/** One path that is not the same in both trees. */
export interface Difference {
  /** Canonical and absolute. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** In what it has changed; a path of another type has only that. */
  readonly aspects: readonly Aspect[];
  readonly before?: EntryFacts;
  readonly after?: EntryFacts;
}

/**
 * Compares two trees path by path, in the order of {@link Tree.walk}: all that is below a directory that one of them
 * lacks counts as well. Contents are read only where their sizes are equal. Who shares an inode with whom is not
 * compared.
 *
 * @throws what opening contents throws, and the reason of the host's signal
 */
export async function diffTrees(
  before: Tree,
  after: Tree,
  { ignore = [] }: DiffOptions,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const breathe = breather(host);
  const ignored = new Set<Aspect>(ignore);
  const pending: [path: string, before: Entry | undefined, after: Entry | undefined][] = [
    ['/', before.root, after.root],
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    await breathe();
    const [path, one, other] = next;
    const difference = await compare(path, one, other, ignored, breathe);
    if (difference) differences.push(difference);
    const [left, right] = [childrenOf(one), childrenOf(other)];
    for (const name of sortNames([...new Set([...left.keys(), ...right.keys()])]).reverse()) {
      pending.push([joinPath(path, name), left.get(name), right.get(name)]);
    }
  }
  return differences;
}

const NO_CHILDREN: DirectoryEntry['children'] = new Map();

function childrenOf(entry: Entry | undefined): DirectoryEntry['children'] {
  return entry?.type === 'directory' ? entry.children : NO_CHILDREN;
}

type Breathe = () => Promise<void> | undefined;

async function compare(
  path: string,
  one: Entry | undefined,
  other: Entry | undefined,
  ignored: ReadonlySet<Aspect>,
  breathe: Breathe,
): Promise<Difference | undefined> {
  if (!one) return other && { path, change: 'added', aspects: [], after: entryFacts(other) };
  if (!other) return { path, change: 'removed', aspects: [], before: entryFacts(one) };
  const aspects = await changedAspects(one, other, ignored, breathe);
  if (aspects.length === 0) return undefined;
  return { path, change: 'changed', aspects, before: entryFacts(one), after: entryFacts(other) };
}

async function changedAspects(
  one: Entry,
  other: Entry,
  ignored: ReadonlySet<Aspect>,
  breathe: Breathe,
): Promise<Aspect[]> {
  if (one.type !== other.type) return ignored.has('type') ? [] : ['type'];
  const isOther =
    !ignored.has('content') &&
    one.type === 'file' &&
    other.type === 'file' &&
    !(await isSame(one.content, other.content, breathe));
  return ASPECTS.filter(
    (aspect) => !ignored.has(aspect) && (aspect === 'content' ? isOther : differs(aspect, one, other)),
  );
}

/** Large files take long: the event loop goes on meanwhile. */
async function isSame(one: Content, other: Content, breathe: Breathe): Promise<boolean> {
  const comparison = compareContents(one, other);
  try {
    for (let step = comparison.next(); ; step = comparison.next()) {
      if (step.done) return step.value;
      await breathe();
    }
  } finally {
    comparison.return(false);
  }
}

function differs(aspect: Exclude<Aspect, 'content'>, one: Entry, other: Entry): boolean {
  switch (aspect) {
    case 'mode':
      return one.mode !== other.mode;
    case 'owner':
      return one.uid !== other.uid || one.gid !== other.gid;
    case 'time':
      return one.mtime !== other.mtime;
    case 'xattrs':
      return !isSameXattrs(one.xattrs, other.xattrs);
    case 'device':
      return 'major' in one && 'major' in other && (one.major !== other.major || one.minor !== other.minor);
    case 'target':
      return one.type === 'symlink' && other.type === 'symlink' && one.target !== other.target;
    case 'type':
      return false;
  }
}

function isSameXattrs(one: Entry['xattrs'], other: Entry['xattrs']): boolean {
  if (one.size !== other.size) return false;
  for (const [name, value] of one) {
    const wanted = other.get(name);
    if (!wanted || Buffer.compare(value, wanted) !== 0) return false;
  }
  return true;
}
