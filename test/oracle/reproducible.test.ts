import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, inject, it } from 'vitest';
import { alpineRecipe, alpineSettings } from '../support/alpine.ts';
import { oracle } from '../support/oracle.ts';
import { anotherUser, folderOf, ordinaryUser, type RunOptions, runAs, type User } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;

oracle({ tools: ['apt-get'], files: [product.alpine], root: true })('two cooks and bakes', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('by different users, umasks, time zones, locales and folders, a minute apart, give one image', async () => {
    const started = Date.now();
    const first = imageOf(ordinaryUser(), { umask: '022', env: { TZ: 'UTC', LC_ALL: 'C' } });
    await sleep(Math.max(0, started + MINUTE - Date.now()));
    const second = imageOf(anotherUser(), {
      umask: '077',
      env: { TZ: 'Pacific/Auckland', LC_ALL: 'C.UTF-8', TMPDIR: '/var/tmp' },
    });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  });

  function imageOf(user: User, options: RunOptions): string {
    const folder = folderOf(user);
    folders.push(folder);
    const cwd = join(folder, `as ${user.name}`);
    mkdirSync(cwd, { mode: 0o777 });
    const image = join(folder, 'alpine.img');
    const command = ['node', product.cli, 'bake', alpineRecipe(product), '-o', image, '--json'];
    const run = runAs(user, [...command, ...alpineSettings(product)], { ...options, cwd });
    expect(run.status, run.stderr).toBe(0);
    return JSON.parse(run.stdout).sha256;
  }
});
