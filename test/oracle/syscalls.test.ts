import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { alpineRecipe, alpineSettings } from '../support/alpine.ts';
import { installedBakeOptions } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');

/** What a bake must not do, as an ordinary user could not do it, and what would start another program. */
const WATCHED = [
  ...['execve', 'execveat', 'ptrace', 'openat', 'open'],
  ...['mount', 'umount2', 'fsopen', 'fsmount', 'move_mount', 'open_tree', 'pivot_root', 'chroot', 'unshare'],
  ...['chown', 'fchown', 'lchown', 'fchownat', 'mknod', 'mknodat', 'setuid', 'setgid'],
];

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'strace', 'extlinux'], files: [product.alpine] })('a bake', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('of a cooked tree makes none of the system calls that need root or another program', () => {
    const cooked = join(folder, 'rootfs.tar');
    const cook = ['node', product.cli, 'cook', alpineRecipe(product), '-o', cooked];
    const cooking = runAs(user, [...cook, ...alpineSettings(product)], { cwd: folder });
    expect(cooking.status, cooking.stderr).toBe(0);

    const recipe = join(folder, 'cake.json');
    const options = { ...installedBakeOptions(0), size: '128M' };
    writeFileSync(recipe, JSON.stringify({ name: 'traced', cook: { base: { tar: cooked } }, bake: options }));
    const trace = join(folder, 'trace');
    const bake = ['node', product.cli, 'bake', recipe, '-o', join(folder, 'traced.img')];
    const baking = runAs(
      user,
      ['strace', '-f', '-s', '200', '-e', `trace=${WATCHED}`, '-o', trace, ...bake],
      {
        cwd: folder,
      },
    );
    expect(baking.status, baking.stderr).toBe(0);

    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /^\d+ +[a-z_0-9]+\(/.test(line));
    const opened = calls.filter((line) => /^\d+ +open(at)?\(/.test(line));
    expect(opened.length).toBeGreaterThan(10);
    expect(opened.filter((line) => /"\/dev\/(?!null|tty|urandom)/.test(line))).toEqual([]);
    const others = calls.filter((line) => !opened.includes(line));
    expect(others).toEqual([
      expect.stringMatching(/execve\("[^"]*\/node", \["node", "[^"]*main\.js", "bake"/),
    ]);
  });
});
