import { breather, type Host } from '../host.ts';
import { escapeName } from '../inspect/listing.ts';
import type { Entry } from '../tree/entry.ts';
import { compareNames } from '../tree/name.ts';
import type { Tree } from '../tree/tree.ts';

/** A part of a tree that a treemap shows. The bytes of children, `rest` included, are those of their parent. */
export interface TreeNode {
  /** Without control characters; empty for the root and for a rest. */
  readonly name: string;
  /** Of files, each name by itself. */
  readonly bytes: number;
  /** Of every type, itself included; of a rest, how many it stands for. */
  readonly entries: number;
  /** The small ones of a directory, which are not told one by one. */
  readonly isRest?: true;
  /** Of directories, largest first; absent where it is too small, or too deep, to be told. */
  readonly children?: readonly TreeNode[];
}

interface Sized {
  readonly name: string;
  readonly bytes: number;
  readonly entries: number;
  readonly children?: readonly Sized[];
}

type Draft = { -readonly [Key in keyof TreeNode]: TreeNode[Key] };

/** Nodes of a map; some 30 bytes each in the page. */
const BUDGET = 6000;
/** Of one directory, so that one of 50,000 files leaves something for others. */
const CHILDREN = 250;
const DEPTH = 100;
/** Less than this part of its directory is a dot in any picture. */
const SMALLEST = 1 / 4000;

/**
 * Gathers a tree for a picture of it: the largest directories are told first and in most detail, until there are
 * `budget` nodes; of each the small ones are taken together. Empty files, links and devices have no place in a
 * picture of bytes, and are counted only.
 */
export async function treeMap(
  tree: Tree,
  host: Pick<Host, 'now' | 'signal'>,
  budget: number = BUDGET,
): Promise<TreeNode> {
  const breathe = breather(host);
  await breathe();
  const source = sizeOf('', tree.root);
  await breathe();
  const root = draft(source);
  const pending: { node: Draft; source: Sized; depth: number }[] = [{ node: root, source, depth: 0 }];
  for (let left = budget; left > 0 && pending.length > 0; ) {
    let at = 0;
    for (let index = 1; index < pending.length; index += 1) {
      if (pending[index]!.source.bytes > pending[at]!.source.bytes) at = index;
    }
    const [{ node, source: directory, depth }] = pending.splice(at, 1) as [(typeof pending)[number]];
    const children = chosen(directory, Math.min(CHILDREN, left));
    left -= children.length;
    await breathe();
    node.children = children.map(({ node }) => node);
    for (const { node, source } of children) {
      if (source?.children && source.bytes > 0 && depth + 1 < DEPTH)
        pending.push({ node, source, depth: depth + 1 });
    }
  }
  return root;
}

/** What of a directory is told: its largest, and the rest in one. */
function chosen({ bytes, children = [] }: Sized, count: number): { node: Draft; source?: Sized }[] {
  const filled = children
    .filter((child) => child.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || compareNames(a.name, b.name));
  const large = filled.filter((child, index) => index < count - 1 && child.bytes >= bytes * SMALLEST);
  const rest = filled.slice(large.length);
  const nodes: { node: Draft; source?: Sized }[] = large.map((source) => ({ node: draft(source), source }));
  if (rest.length === 1) nodes.push({ node: draft(rest[0]!), source: rest[0]! });
  if (rest.length > 1) {
    const sum = rest.reduce((total, child) => total + child.bytes, 0);
    nodes.push({ node: { name: '', bytes: sum, entries: rest.length, isRest: true } });
  }
  return nodes;
}

function draft({ name, bytes, entries }: Sized): Draft {
  return { name: escapeName(name), bytes, entries };
}

function sizeOf(name: string, entry: Entry): Sized {
  if (entry.type !== 'directory')
    return { name, bytes: entry.type === 'file' ? entry.content.size : 0, entries: 1 };
  const children = [...entry.children].map(([childName, child]) => sizeOf(childName, child));
  let [bytes, entries] = [0, 1];
  for (const child of children) {
    bytes += child.bytes;
    entries += child.entries;
  }
  return { name, bytes, entries, children };
}
