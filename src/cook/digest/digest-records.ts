import { placedContent } from '../../disk/placed-content.ts';
import type { Pause } from '../../host.ts';
import { bytesContent, type Content, type ContentPlace } from '../../tree/content.ts';
import { directoryEntry, type Entry, type Metadata, metadata } from '../../tree/entry.ts';
import { eachEntry } from '../../tree/totals.ts';
import { Tree } from '../../tree/tree.ts';

/** One name of a tree in a form that can be sent to another thread. */
export interface DigestRecord extends Metadata {
  readonly path: string;
  readonly type: Entry['type'];
  /** Index of the record of the same inode's first name, for a hard link. */
  readonly link?: number;
  readonly target?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly content?: { readonly size: number; readonly bytes?: Uint8Array; readonly place?: ContentPlace };
}

/** Whether another thread can read all contents of a tree. */
export async function isReadableElsewhere(tree: Tree, pause: Pause): Promise<boolean> {
  let isReadable = true;
  await eachEntry(tree, pause, (entry) => {
    if (entry.type === 'file' && !entry.content.bytes && !entry.content.place) isReadable = false;
  });
  return isReadable;
}

/** A tree as records, in the order of its walk. */
export function* treeToRecords(tree: Tree): Generator<DigestRecord> {
  let count = 0;
  const first = new Map<Entry, number>();
  for (const { path, entry } of tree.walk()) {
    const link = first.get(entry);
    if (link === undefined) first.set(entry, count);
    count += 1;
    yield {
      path,
      type: entry.type,
      ...metadata(entry),
      ...(link !== undefined && { link }),
      ...(entry.type === 'symlink' && { target: entry.target }),
      ...('major' in entry && { device: { major: entry.major, minor: entry.minor } }),
      ...(entry.type === 'file' && { content: describe(entry.content) }),
    };
  }
}

/** The inverse of {@link treeToRecords}. */
export function recordsToTree(records: readonly DigestRecord[]): Tree {
  const tree = new Tree();
  const entries: Entry[] = [];
  for (const record of records) {
    const entry = record.link === undefined ? toEntry(record) : entries[record.link]!;
    entries.push(entry);
    tree.set(record.path, entry);
  }
  return tree;
}

function describe({ size, bytes, place }: Content): NonNullable<DigestRecord['content']> {
  return { size, ...(bytes ? { bytes } : place && { place }) };
}

function toEntry(record: DigestRecord): Entry {
  const meta = metadata(record);
  switch (record.type) {
    case 'directory':
      return directoryEntry(meta);
    case 'file':
      return { type: 'file', content: toContent(record.content!), ...meta };
    case 'symlink':
      return { type: 'symlink', target: record.target!, ...meta };
    case 'char':
    case 'block':
      return { type: record.type, ...record.device!, ...meta };
    default:
      return { type: record.type, ...meta };
  }
}

function toContent({ size, bytes, place }: NonNullable<DigestRecord['content']>): Content {
  return bytes ? bytesContent(bytes) : placedContent(size, place!);
}
