import type { BlsEntry } from './entry.ts';
import { compareVersions } from './version.ts';

/**
 * In the order that the specification gives menus (UAPI.1, Sorting): those whose attempts are used up last, those with a
 * sort-key first, by it, by machine and newest version; then by the file's name, the newest first.
 */
export function sortBls(entries: readonly BlsEntry[]): BlsEntry[] {
  return [...entries].sort(
    (a, b) =>
      Number(a.triesLeft === 0) - Number(b.triesLeft === 0) ||
      Number(a.sortKey === undefined) - Number(b.sortKey === undefined) ||
      (a.sortKey === undefined ? 0 : bySortKey(a, b)) ||
      -compareVersions(a.id, b.id),
  );
}

/** In the order of GRUB's `blscfg`: by the file's name, the newest first. */
export function sortBlsByName(entries: readonly BlsEntry[]): BlsEntry[] {
  return [...entries].sort((a, b) => -compareVersions(a.id, b.id));
}

function bySortKey(a: BlsEntry, b: BlsEntry): number {
  return (
    compareText(a.sortKey!, b.sortKey!) ||
    compareText(a.machineId ?? '', b.machineId ?? '') ||
    -compareVersions(a.version ?? '', b.version ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
