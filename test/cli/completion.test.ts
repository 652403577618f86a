import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Complete, completeInBash, completeInFish, completeInZsh } from '../support/complete.ts';
import { judge, oracle } from '../support/oracle.ts';

const { cli } = inject('product');

oracle({ tools: ['bash', 'zsh', 'fish'] }).each([
  ['bash', completeInBash],
  ['zsh', completeInZsh],
  ['fish', completeInFish],
] as const)('%s', (shell, completeIn) => {
  let folder: string;
  let complete: Complete;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-completion-'));
    const script = join(folder, 'script');
    writeFileSync(script, judge('node', [cli, 'completion', shell]));
    const files = join(folder, 'files');
    for (const name of ['recipes', 'with space']) mkdirSync(join(files, name), { recursive: true });
    for (const name of ['disk.img', 'disk.yaml', 'notes.txt']) writeFileSync(join(files, name), '');
    complete = completeIn(script, files);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Folders without the slash that a shell may or may not show. */
  const after = (...words: string[]): string[] =>
    complete(['rootless-bake', ...words]).map((word) => word.replace(/\/$/, ''));

  test('the shell finds no fault in the script', () => {
    judge(shell, ['-n', join(folder, 'script')]);
  });

  test('commands, by their beginning', () => {
    expect(after('ba')).toEqual(['bake']);
    expect(after('c')).toEqual(expect.arrayContaining(['cache', 'cat', 'check', 'completion', 'cook']));
    expect(after('').length).toBeGreaterThan(15);
    expect(after('help', 'doc')).toEqual(['doctor']);
  });

  test('parts of commands', () => {
    expect(after('cache', '')).toEqual(['ls', 'prune', 'verify']);
    expect(after('cache', 'prune', '--older')).toEqual(['--older-than']);
  });

  test('options of the command, and their choices', () => {
    expect(after('bake', '--head')).toEqual(['--headroom']);
    expect(after('boot', '--head')).toEqual([]);
    expect(after('boot', 'disk.img', '--accel', '')).toEqual(['auto', 'kvm', 'tcg']);
    expect(after('init', '--template', 'a')).toEqual(['alpine-machine']);
    expect(after('completion', '')).toEqual(['bash', 'fish', 'zsh']);
  });

  test('recipes: built-in cakes, folders and files', () => {
    const found = after('bake', '');
    expect(found).toEqual(expect.arrayContaining(['hello', 'alpine-machine', 'disk.yaml', 'recipes']));
    expect(after('bake', 'he')).toEqual(['hello']);
    expect(after('bake', '--size', '64M', 'he')).toEqual(['hello']);
  });

  test('images, and other files of options', () => {
    expect(after('inspect', 'disk')).toEqual(['disk.img', 'disk.yaml']);
    expect(after('bake', 'hello', '-o', 'disk.i')).toEqual(['disk.img']);
    expect(after('bake', 'hello', '--output', 'disk.i')).toEqual(['disk.img']);
  });

  test('folders, where nothing else does', () => {
    expect(after('init', 'r')).toEqual(['recipes']);
    expect(after('init', 'n')).toEqual([]);
  });

  test('nothing where nobody can guess', () => {
    expect(after('bake', 'hello', '--size', '')).toEqual([]);
  });
});

oracle({ tools: ['bash'] })('bash alone', () => {
  test('takes --option=value apart, and what stands behind --', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rb-completion-'));
    try {
      writeFileSync(join(folder, 'script'), judge('node', [cli, 'completion', 'bash']));
      const complete = completeInBash(join(folder, 'script'), folder);
      expect(complete(['rootless-bake', 'boot', 'x.img', '--accel', '=', 'k'])).toEqual(['kvm']);
      expect(complete(['rootless-bake', 'boot', 'x.img', '--accel', '='])).toEqual(['auto', 'kvm', 'tcg']);
      expect(complete(['rootless-bake', 'boot', '--accel', '=', 'kvm', '--', '--me'])).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
