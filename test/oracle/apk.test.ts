import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { Kitchen } from '../support/cook-as.ts';
import { type Description, describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { judge, oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';

/** Not together with others: openntpd and chrony, vlan (of network-extras) and ifupdown-ng. */
const LEFT_OUT = new Set(['openntpd', 'openntpd-openrc', 'vlan', 'network-extras', 'bonding', 'bridge']);

/** Where a cook differs from a native `apk add`, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  '/etc/shadow': 'the day on which adduser made a user is the day of the epoch, not today',
  '/etc/shadow-': 'likewise: its backup',
};

/**
 * The judge: apk itself, as root, in a chroot with nothing between it and the kernel. Compared are type, mode,
 * owner, link count, device, xattrs and bytes of every path; times are not, for directories and scripts get
 * those of the day natively.
 */
oracle({ tools: ['chroot', 'tar', 'proot', 'getfattr'], root: true, files: [ALPINE] })('apk add', () => {
  const native = mkdtempSync(join(tmpdir(), 'rootless-bake-native-'));
  const kitchen = new Kitchen(ordinaryUser(), inject('product'));
  const packages = packageNames().filter((name) => !LEFT_OUT.has(name));
  let expected: Description;
  let actual: Description;

  beforeAll(async () => {
    const options = alpineOptions(inject('product'));
    const outcome = kitchen.cook({ ...options, packages });
    expect(outcome.error).toBeUndefined();
    actual = withoutTimes(describeTree(await kitchen.tree()));
    installNatively(native, options.base.tar, packages);
    expected = withoutTimes(describeFolder(native));
  });

  afterAll(() => {
    rmSync(native, { recursive: true, force: true });
    kitchen.remove();
  });

  it('installs 70 packages or more', () => {
    expect(packages.length).toBeGreaterThanOrEqual(70);
    expect(expected.size).toBeGreaterThan(2000);
  });

  it('gives the same root as apk does natively', () => {
    const found = differences(actual, expected).filter((line) => !(line.split('\n')[0]! in KNOWN));
    expect(found).toEqual([]);
  });

  it('differs where it is known to', () => {
    const different = differences(actual, expected).map((line) => line.split('\n')[0]);
    expect(different).toEqual(expect.arrayContaining(Object.keys(KNOWN)));
  });
});

function packageNames(): string[] {
  return readdirSync(join(ALPINE, 'apks/x86_64'))
    .filter((name) => name.endsWith('.apk'))
    .map((name) => name.replace(/-[^-]+-r\d+\.apk$/, ''));
}

function installNatively(root: string, tar: string, packages: readonly string[]): void {
  judge('tar', ['-xpf', tar, '-C', root]);
  const repository = join(root, 'repository');
  cpSync(join(ALPINE, 'apks'), repository, { recursive: true });
  writeFileSync(join(root, 'repositories'), '/repository\n');
  mkdirSync(join(root, 'dev'), { recursive: true });
  judge('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  const clean = ['/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  const apk = ['/sbin/apk', '--repositories-file', '/repositories', 'add', '--no-progress', ...packages];
  judge('chroot', [root, ...clean, '/bin/sh', '-c', 'umask 022; exec "$@"', 'sh', ...apk]);
  for (const name of ['repository', 'repositories', 'dev/null'])
    rmSync(join(root, name), { recursive: true });
}

function withoutTimes(description: Description): Description {
  return new Map([...description].map(([path, line]) => [path, line.replace(/ mtime=-?\d+/, '')]));
}
