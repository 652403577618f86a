import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { SCRIPT } from '../support/alpine-script.ts';
import { Kitchen } from '../support/cook-as.ts';
import { type Description, describeTree, differences } from '../support/describe-tree.ts';
import { nativeRoot, withoutTimes } from '../support/native-root.ts';
import { oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';

/** Not together with others: openntpd and chrony, vlan (of network-extras) and ifupdown-ng. */
const LEFT_OUT = new Set(['openntpd', 'openntpd-openrc', 'vlan', 'network-extras', 'bonding', 'bridge']);

/** Where a cook differs from a native root, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  '/etc/shadow': 'the day on which adduser made a user is the day of the epoch, not today',
  '/etc/shadow-': 'likewise: its backup',
};

const suite = oracle({ tools: ['chroot', 'tar', 'proot', 'getfattr'], root: true, files: [ALPINE] });

/** The paths that differ, with both descriptions, but for the known ones. */
function surprises(actual: Description, expected: Description): string[] {
  return differences(actual, expected).filter((line) => !(pathOf(line) in KNOWN));
}

function pathOf(line: string): string {
  return line.split('\n')[0]!;
}

/**
 * The judge: apk itself, as root, in a chroot. Compared are type, mode, owner, link count, device, xattrs and
 * bytes of every path; times are not, for directories and scripts get those of the day natively.
 */
suite('apk add', () => {
  const kitchen = new Kitchen(ordinaryUser(), inject('product'));
  const packages = packageNames().filter((name) => !LEFT_OUT.has(name));
  let expected: Description;
  let actual: Description;

  beforeAll(async () => {
    const options = alpineOptions(inject('product'));
    const { error } = kitchen.cook({ ...options, packages });
    expect(error).toBeUndefined();
    actual = withoutTimes(describeTree(await kitchen.tree()));
    const apk = ['/sbin/apk', '--repositories-file', '/dev/null', '-X', '/repository'];
    const command = [...apk, 'add', '--no-progress', ...packages];
    expected = nativeRoot(options.base.tar, options.repositories[0], command);
  });
  afterAll(() => kitchen.remove());

  it('installs 70 packages or more', () => {
    expect(packages.length).toBeGreaterThanOrEqual(70);
    expect(expected.size).toBeGreaterThan(2000);
  });

  it('gives the same root as apk does natively', () => {
    expect(surprises(actual, expected)).toEqual([]);
  });

  it('differs where it is known to', () => {
    expect(differences(actual, expected).map(pathOf)).toEqual(Object.keys(KNOWN));
  });
});

/** The same judge for the ledger: what a script does with owners, modes, links and devices. */
suite('a script', () => {
  it('leaves the same root as it does natively', async () => {
    const kitchen = new Kitchen(ordinaryUser(), inject('product'));
    try {
      const options = alpineOptions(inject('product'));
      const { error } = kitchen.cook({ base: options.base, script: SCRIPT });
      expect(error).toBeUndefined();
      const actual = withoutTimes(describeTree(await kitchen.tree()));
      const command = ['/bin/sh', '-c', `. /etc/profile; set -eu\n${SCRIPT}`];
      const expected = nativeRoot(options.base.tar, options.repositories[0], command);
      expect(actual.size).toBeGreaterThan(500);
      expect(surprises(actual, expected)).toEqual([]);
    } finally {
      kitchen.remove();
    }
  });
});

function packageNames(): string[] {
  return readdirSync(join(ALPINE, 'apks/x86_64'))
    .filter((name) => name.endsWith('.apk'))
    .map((name) => name.replace(/-[^-]+-r\d+\.apk$/, ''));
}
