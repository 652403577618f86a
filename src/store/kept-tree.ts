import { RootlessBakeError } from '../errors.ts';
import { readTarInPlace, writeTar } from '../formats/tar/index.ts';
import { pacer } from '../host.ts';
import { type Content, type DataRange, readContent } from '../tree/content.ts';
import type { Entry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** So many names go without a turn of the event loop. */
const BREATH = 2000;

/** What the canonical tar of a tree does not hold, by the place of each path on the tree's walk. */
interface Details {
  /** Every origin once. */
  readonly origins: readonly string[];
  /** Index into `origins` of each path, in the order of the walk. */
  readonly origin: readonly number[];
  /** Of files with holes: place on the walk to where data lies, as pairs of position and length. */
  readonly data: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly extra: unknown;
}

/** A tree as two streams of bytes. `details` is to be asked for when the tar is through. */
export function describeTree(
  tree: Tree,
  extra: unknown,
): { tar: AsyncIterable<Uint8Array>; details: () => Promise<Uint8Array> } {
  return {
    tar: writeTar(tree),
    details: async () => Buffer.from(JSON.stringify(await detailsOf(tree, extra))),
  };
}

async function detailsOf(tree: Tree, extra: unknown): Promise<Details> {
  const breathe = pacer(BREATH);
  const origins = new Map<string, number>();
  const origin: number[] = [];
  const data: Record<string, (readonly [number, number])[]> = {};
  const seen = new Set<Entry>();
  for (const { entry } of tree.walk()) {
    const index = origins.get(entry.origin) ?? origins.size;
    origins.set(entry.origin, index);
    if (entry.type === 'file' && entry.content.data && !seen.has(entry)) {
      data[origin.length] = entry.content.data.map(({ position, length }) => [position, length]);
    }
    seen.add(entry);
    origin.push(index);
    await breathe(1);
  }
  return { origins: [...origins.keys()], origin, data, extra };
}

/** The inverse: a tree whose contents are parts of the tar, which must stay where it is. */
export async function treeFrom(tar: Content, details: Content): Promise<{ tree: Tree; extra: unknown }> {
  const { origins, origin, data, extra } = JSON.parse(
    Buffer.from(readContent(details)).toString(),
  ) as Details;
  const tree = await readTarInPlace(tar, { origin: 'store' });
  let at = 0;
  const breathe = pacer(BREATH);
  for (const { path, entry } of tree.walk()) {
    const name = origins[origin[at] ?? -1];
    if (name === undefined) {
      throw new RootlessBakeError('RB_INTERNAL', `the kept tree says nothing of the origin of ${path}`);
    }
    entry.origin = name;
    const ranges = data[at];
    if (entry.type === 'file' && ranges) entry.content = withHoles(entry.content, ranges);
    at += 1;
    await breathe(1);
  }
  return { tree, extra };
}

function withHoles(content: Content, ranges: readonly (readonly [number, number])[]): Content {
  const data: DataRange[] = ranges.map(([position, length]) => ({ position, length }));
  return { ...content, data };
}
