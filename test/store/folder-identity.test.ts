import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderIdentity } from '../../src/store/folder-identity.ts';

/** A clock that runs ahead: nothing looks as if it had changed just now. */
const later = Date.now() + 3_600_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-identity-'));
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a/file'), 'one');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('is the same as long as nobody writes', async () => {
  const before = await folderIdentity(folder, { now: later });
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  expect(await folderIdentity(folder, { now: later })).toBe(before);
});

test.each<[string, () => void]>([
  ['a file of equal size is written', () => writeFileSync(join(folder, 'a/file'), 'two')],
  ['a file is new', () => writeFileSync(join(folder, 'b'), '')],
  ['a file is renamed', () => renameSync(join(folder, 'a/file'), join(folder, 'a/elif'))],
  ['a file moves to another folder', () => renameSync(join(folder, 'a/file'), join(folder, 'file'))],
  ['a file gets another mode', () => chmodSync(join(folder, 'a/file'), 0o600)],
  ['a file gets its old time back', () => utimesSync(join(folder, 'a/file'), 1, 1)],
  ['a file gets a second name', () => linkSync(join(folder, 'a/file'), join(folder, 'a/link'))],
  ['a file is removed', () => rmSync(join(folder, 'a/file'))],
])('is another when %s', async (_, change) => {
  const before = await folderIdentity(folder, { now: later });
  // The clock of inodes goes in steps.
  await new Promise((resolve) => setTimeout(resolve, 20));
  change();
  expect(await folderIdentity(folder, { now: later })).not.toBe(before);
});

test('is not given when something has changed just now', async () => {
  const { ctimeMs } = lstatSync(join(folder, 'a/file'));
  expect(await folderIdentity(folder, { now: ctimeMs })).toBeUndefined();
  expect(await folderIdentity(folder, { now: ctimeMs + 1000 })).toBeDefined();
});
