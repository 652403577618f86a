import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLock, type Lock, parseLock, readLock, writeLock } from '../../src/build/lock-file.ts';

const digest = 'a'.repeat(64);
const lock: Lock = {
  name: 'tiny',
  tree: digest,
  inputs: [
    {
      kind: 'deb',
      name: 'gawk',
      key: { deb: 'gawk' },
      isFixed: true,
      versions: { gawk: '1:5.2.1-2+b1' },
      value: [{ name: 'gawk' }],
      files: [{ url: 'https://example.com/gawk.deb', sha256: digest, size: 12 }],
    },
    { kind: 'oci', name: 'a:b', key: { oci: 'a:b' }, value: { sha256: digest }, files: [] },
  ],
  local: { 'cook.script': digest, 'cook.contents[0].dir': digest },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-lock-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lock comes back as it was, whatever became of its line endings', () => {
  const path = join(folder, 'cake.lock');
  expect(readLock(path)).toBeUndefined();
  writeLock(path, lock);
  expect(readLock(path)).toEqual(lock);
  expect(readdirSync(folder)).toEqual(['cake.lock']);
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('}\n')).toBe(true);
  writeFileSync(path, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
  expect(readLock(path)).toEqual(lock);
});

test('equal locks give equal text, in whatever order their parts came', () => {
  const { local, ...rest } = lock;
  const turned = { local: Object.fromEntries(Object.entries(local).reverse()), ...rest };
  expect(formatLock(turned)).toBe(formatLock(lock));
});

describe('a lock is refused, and it is said why', () => {
  const { inputs } = lock;
  const damaged = (over: object): string =>
    JSON.stringify({ version: 1, name: 'x', inputs: [], local: {}, ...over });
  test.each([
    ['', /no JSON/],
    ['<<<<<<< HEAD\n{}\n', /no JSON/],
    ['[]', /no JSON object/],
    [damaged({ version: 2 }), /version is 2/],
    [damaged({ name: 7 }), /no name/],
    [damaged({ tree: 'abc' }), /tree is no sha256/],
    [damaged({ inputs: {} }), /no inputs/],
    [damaged({ local: { a: 'b' } }), /local is damaged/],
    [damaged({ inputs: [7] }), /inputs\[0\] is no object/],
    [damaged({ inputs: [{ kind: 'deb' }] }), /inputs\[0\] has no kind and name/],
    [damaged({ inputs: [{ kind: 'deb', name: 'a', files: [] }] }), /deb a\) is not complete/],
    [damaged({ inputs: [{ ...inputs[0], files: [{ url: 'x', sha256: 'y', size: 1 }] }] }), /files of .*gawk/],
    [damaged({ inputs: [{ ...inputs[0], files: [{ url: 'x', sha256: digest, size: -1 }] }] }), /files of/],
    [damaged({ inputs: [{ ...inputs[0], versions: [] }] }), /versions of/],
  ])('%s', (text, message) => {
    expect(() => parseLock(text, 'cake.lock')).toThrow(
      expect.objectContaining({
        code: 'RB_LOCK_INVALID',
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    );
  });
});

test('what cannot be written leaves the old lock', () => {
  const path = join(folder, 'nowhere', 'cake.lock');
  expect(() => writeLock(path, lock)).toThrow(expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }));
  expect(readdirSync(folder)).toEqual([]);
});
