/** Differences of two trees, as `diff` and `verify` print them. */
import type { Aspect, Difference } from '../inspect/diff.ts';
import type { EntryFacts } from '../inspect/entry-facts.ts';
import { escapeName } from '../inspect/listing.ts';

const SIGNS: Readonly<Record<Difference['change'], string>> = { added: '+', removed: '-', changed: '~' };

/** `~ /etc/motd: content, mode 0644 -> 0600` */
export function differenceLine({ path, change, aspects, before, after }: Difference): string {
  const head = `${SIGNS[change]} ${escapeName(path)}`;
  if (!before || !after) return head;
  return `${head}: ${aspects.map((item) => words(item, before, after)).join(', ')}`;
}

function words(item: Aspect, before: EntryFacts, after: EntryFacts): string {
  const arrow = (one: unknown, other: unknown): string => `${item} ${one} -> ${other}`;
  switch (item) {
    case 'content':
      return before.size === after.size ? item : `${item} ${before.size} -> ${after.size} bytes`;
    case 'owner':
      return arrow(`${before.uid}:${before.gid}`, `${after.uid}:${after.gid}`);
    case 'time':
      return arrow(before.mtime, after.mtime);
    case 'xattrs':
      return `${item} ${changedNames(before.xattrs ?? {}, after.xattrs ?? {})
        .map(escapeName)
        .join(' ')}`;
    case 'target':
      return arrow(escapeName(before.target ?? ''), escapeName(after.target ?? ''));
    default:
      return arrow(before[item], after[item]);
  }
}

type Values = Readonly<Record<string, string>>;

function changedNames(before: Values, after: Values): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .sort();
}
