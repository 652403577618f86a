import { bytesContent } from '../../tree/content.ts';
import { setMetadata } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from './identities.ts';
import type { Changes } from './reconcile.ts';

/** The password files, which busybox and shadow keep a backup of under a trailing `-`. */
export const SHADOW_FILES = ['/etc/shadow', '/etc/gshadow', '/etc/passwd', '/etc/group'] as const;

const DAY = 86_400;

/**
 * Backups have the owner of what they are backups of: the programs link or copy them as root.
 */
export function applyBackupOwners(tree: Tree, changes: Changes): void {
  for (const path of SHADOW_FILES) {
    const original = tree.get(path);
    const backup = tree.get(`${path}-`);
    if (original?.type !== 'file' || backup?.type !== 'file' || !changes.created.has(`${path}-`)) continue;
    setMetadata(backup, { uid: original.uid, gid: original.gid });
  }
}

/**
 * passwd, adduser and chpasswd note the day of a password's last change (shadow(5), third field): today, so
 * that two cooks would differ. In lines that the step has written, the day of writing becomes the day of
 * `epoch`; it may be the neighbouring one where midnight passed.
 *
 * @param before text of the file before the step, by path
 * @param epoch seconds since 1970
 */
export function normalizeShadowDays(
  tree: Tree,
  changes: Changes,
  before: ReadonlyMap<string, string>,
  epoch: number,
): void {
  for (const path of ['/etc/shadow', '/etc/shadow-']) {
    const entry = tree.get(path);
    const node = changes.disk.get(path);
    if (entry?.type !== 'file' || !node) continue;
    if (!changes.created.has(path) && !changes.changed.has(path)) continue;
    const known = new Set([...before.values()].flatMap((text) => text.split('\n')));
    const today = Number(node.mtimeNs / 1_000_000_000n / BigInt(DAY));
    const text = readText(tree, path) ?? '';
    const lines = text.split('\n').map((line) => (known.has(line) ? line : setDay(line, today, epoch)));
    const normal = lines.join('\n');
    if (normal !== text) entry.content = bytesContent(encodeName(normal));
  }
}

/** The texts to compare with, for {@link normalizeShadowDays}. */
export function shadowTexts(tree: Tree): ReadonlyMap<string, string> {
  return new Map(
    ['/etc/shadow', '/etc/shadow-'].flatMap((path) => {
      const text = readText(tree, path);
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
}

function setDay(line: string, today: number, epoch: number): string {
  const fields = line.split(':');
  const day = Number(fields[2] || Number.NaN);
  if (fields.length < 3 || !(Math.abs(day - today) <= 1)) return line;
  fields[2] = String(Math.floor(epoch / DAY));
  return fields.join(':');
}
