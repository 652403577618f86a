/** What a command loads before it can answer: what it has no use for is time that its user waits. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';

const { cli } = inject('product');

/** Hooks of the loader that write down every module. They run in a thread of their own. */
const HOOKS = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADED, url + '\\n');
    return await next(url, context);
  }`;
const REGISTER = `
  import { register } from 'node:module';
  register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOKS)}`)});`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-startup-'));
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'root/file'), 'text');
  writeFileSync(join(folder, 'cake.yaml'), 'name: tiny\ncook:\n  base: { dir: ./root }\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Which of the large parts a command line loads that ends well. */
function loaded(...args: string[]): string[] {
  const list = join(folder, 'loaded');
  writeFileSync(list, '');
  const preload = `data:text/javascript,${encodeURIComponent(REGISTER)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', preload, cli, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, LOADED: list, SOURCE_DATE_EPOCH: '1700000000' },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const modules = readFileSync(list, 'utf8');
  const parts = {
    commander: '/node_modules/commander/',
    yaml: '/dist/vendor/yaml.js',
    zod: '/dist/vendor/zod.js',
    ext2fs: '/dist/src/instance.js',
    cook: '/cook/cook.js',
    look: '/inspect/open.js',
  };
  return Object.entries(parts).flatMap(([name, path]) => (modules.includes(path) ? [name] : []));
}

it('nothing for the version, and the command line alone for help', () => {
  expect(loaded('--version')).toEqual([]);
  expect(loaded('help')).toEqual(['commander']);
});

it('what reads and checks recipes for check, and no file system', () => {
  expect(loaded('check')).toEqual(['commander', 'yaml', 'zod']);
});

it('no parser for a recipe that is known, and nothing that cooks for a plan', () => {
  expect(loaded('plan')).toEqual(['commander', 'yaml', 'zod']);
  expect(loaded('plan')).toEqual(['commander']);
});

it('no recipe for a look into an archive, and a file system only for one', () => {
  expect(loaded('cook', '-o', 'root.tar', '-q')).toEqual(['commander', 'yaml', 'zod', 'cook']);
  expect(loaded('ls', 'root.tar')).toEqual(['commander', 'look']);
  expect(loaded('mkfs', 'root', '-o', 'root.img', '-q')).toEqual(['commander', 'ext2fs']);
  expect(loaded('ls', 'root.img')).toEqual(['commander', 'ext2fs', 'look']);
});
