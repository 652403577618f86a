import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const { cli } = inject('product');
const user = ordinaryUser();
let folder: string;

beforeEach(() => {
  folder = folderOf(user);
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = runAs(user, ['node', cli, ...args], { cwd: folder });
  return { status, stdout, stderr };
}

test('init says what it wrote and what comes next, and that works', async () => {
  const { status, stdout, stderr } = run('init', 'my-machine');
  expect([status, stderr]).toEqual([0, '']);
  await expect(stdout).toMatchFileSnapshot('goldens/init.txt');
  const next = stdout
    .slice(stdout.indexOf('Next:'))
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim().split(' ').slice(1));
  expect(next.map(([command]) => command)).toEqual(['check', 'bake', 'boot']);
  expect(run(...next[0]!)).toEqual({ status: 0, stdout: 'my-machine: the recipe is good\n', stderr: '' });
});

test('check, without a name, takes the recipe of the current folder', () => {
  expect(run('init', '--template', 'debian', '--name', 'here', '-q')).toEqual({
    status: 0,
    stdout: 'cake.yaml\n',
    stderr: '',
  });
  expect(run('check')).toEqual({ status: 0, stdout: 'here: the recipe is good\n', stderr: '' });
});

test('a folder without a recipe: the hint leads to init', () => {
  const { status, stderr } = run('bake');
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^error\[RB_RECIPE_NOT_FOUND\]: the folder \. holds no recipe\n.*rootless-bake init/s,
  );
});

test('what is there is never overwritten unless told', () => {
  run('init', 'x');
  const refused = run('init', 'x', '--template', 'nix', '--json');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/^error\[RB_OUTPUT_EXISTS\]: x\/cake\.yaml, .* exist already/);
  expect(JSON.parse(refused.stdout)).toMatchObject({ version: 1, error: { code: 'RB_OUTPUT_EXISTS' } });
  expect(existsSync(join(folder, 'x/files/etc/profile.d'))).toBe(false);
  const forced = run('init', 'x', '--template', 'nix', '--json', '--force');
  expect(JSON.parse(forced.stdout)).toMatchObject({
    version: 1,
    folder: 'x',
    template: 'nix',
    name: 'x',
    kept: ['.gitignore'],
  });
});

test('an unknown template gets a suggestion, and nothing is written', () => {
  const { status, stderr } = run('init', 'x', '--template', 'alpin');
  expect(status).toBe(2);
  expect(stderr).toContain('error[RB_ARGUMENT]');
  expect(stderr).toContain('hint: did you mean "alpine-machine"?');
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that may not be written', () => {
  mkdirSync(join(folder, 'closed'), { mode: 0o555 });
  const { status, stderr } = run('init', 'closed');
  expect(status).toBe(2);
  expect(stderr).toContain('error[RB_OUTPUT_UNWRITABLE]: cannot write closed: EACCES');
  expect(readdirSync(join(folder, 'closed'))).toEqual([]);
});

test('what fails half-way is undone', () => {
  mkdirSync(join(folder, 'x/files/etc'), { recursive: true });
  writeFileSync(join(folder, 'x/cake.yaml'), 'mine');
  chownSync(join(folder, 'x'), user.uid, user.gid);
  chownSync(join(folder, 'x/cake.yaml'), user.uid, user.gid);
  chmodSync(join(folder, 'x/files/etc'), 0o555);
  expect(run('init', 'x', '--force').stderr).toContain('error[RB_OUTPUT_UNWRITABLE]: cannot write x: EACCES');
  expect(readdirSync(join(folder, 'x'), { recursive: true }).sort()).toEqual([
    'cake.yaml',
    'files',
    'files/etc',
  ]);
  expect(readFileSync(join(folder, 'x/cake.yaml'), 'utf8')).toBe('mine');
});

test('--list only lists', async () => {
  await expect(run('init', '--list').stdout).toMatchFileSnapshot('goldens/init-list.txt');
  expect(JSON.parse(run('init', '--list', '--json').stdout).templates[0]).toEqual({
    name: 'hello',
    description: expect.any(String),
  });
  expect(run('init', '--list', '--force').status).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});
