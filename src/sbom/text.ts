import { readContent } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';

/** A file of a root as text, links followed; undefined when there is none. What is not UTF-8 comes out as U+FFFD. */
export function readText(tree: Tree, path: string): string | undefined {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString('utf8') : undefined;
}
