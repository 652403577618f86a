import { compareVersions } from '../../formats/apk/index.ts';
import type { Option } from './solver-state.ts';
import type { Package } from './universe.ts';

/** More than 0 when the first of two options for a name is to be preferred. Both lead to discovered packages. */
export function compareOptions(one: Option, other: Option): number {
  const [a, b] = [one.state!, other.state!];
  return (
    order(a.isSelectable, b.isSelectable) ||
    order(a.wasMerged, b.wasMerged) ||
    b.conflicts - a.conflicts ||
    order(a.isTagAllowed, b.isTagAllowed) ||
    order(a.isTagPreferred, b.isTagPreferred) ||
    order(isInstalled(a.item), isInstalled(b.item)) ||
    compareOptional(one.version, other.version) ||
    (a.item.name === b.item.name ? compareVersions(a.item.version, b.item.version) : 0) ||
    a.item.priority - b.item.priority ||
    firstRepository(b.item) - firstRepository(a.item)
  );
}

function order(a: boolean, b: boolean): number {
  return Number(a) - Number(b);
}

function compareOptional(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? 0 : compareVersions(a, b);
}

function isInstalled(item: Package): boolean {
  return item.installed !== undefined;
}

/** Counted from 1, 0 for none, as ffs(3) does. */
function firstRepository({ repositories }: Package): number {
  return repositories === 0 ? 0 : 32 - Math.clz32(repositories & -repositories);
}
