import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { CookOptions } from '../../src/cook/options.ts';
import { writeTar } from '../../src/formats/tar/index.ts';
import { readContent } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { ApkOracle, dice, minirootfs, subset } from '../support/apk-oracle.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { nativeRoot, withoutTimes } from '../support/native-root.ts';
import { judge, oracle } from '../support/oracle.ts';

const SUBSETS = 20;
const REPOSITORY = join(ALPINE, 'apks');

/** Where a cook differs from a native root, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  '/etc/shadow': 'the day on which adduser made a user is the day of the epoch, not today',
  '/etc/shadow-': 'likewise: its backup',
};

const suite = oracle({ tools: ['chroot', 'tar', 'proot', 'getfattr'], root: true, files: [ALPINE] });

/** The judge: apk itself, as root, in a chroot. Times are not compared: natively folders have those of the day. */
suite('apk: native', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-native-cook-'));
  let apk: ApkOracle;
  let solvable: string[][];

  beforeAll(() => {
    apk = new ApkOracle();
    const roll = dice(20);
    const names = apk.packageNames();
    solvable = [];
    while (solvable.length < SUBSETS) {
      const packages = subset(names, 2 + roll(10), roll);
      if (apk.simulate(['--repositories-file', '/dev/null', '-X', '/repository', ...packages]))
        solvable.push(packages);
    }
  });
  afterAll(() => {
    apk.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function cooked(options: CookOptions, work: (tree: Tree) => Promise<void> | void): Promise<void> {
    const { host } = testHost({
      temporaryDirectory: join(folder, 'tmp'),
      cacheDirectory: join(folder, 'cache'),
    });
    const root = await cook({ repositories: [REPOSITORY], apk: 'native', sha256: false, ...options }, host);
    try {
      await work(root.tree);
    } finally {
      await root.dispose();
    }
  }

  it.each(Array.from({ length: SUBSETS }, (_, index) => index))(
    'subset %i gives the root that apk gives',
    async (index) => {
      const packages = solvable[index]!;
      const command = [
        '/sbin/apk',
        '--repositories-file',
        '/dev/null',
        '-X',
        '/repository',
        'add',
        '--no-progress',
        ...packages,
      ];
      const expected = nativeRoot(minirootfs(), REPOSITORY, command);
      await cooked({ base: { tar: minirootfs() }, packages }, (tree) => {
        const lines = differences(withoutTimes(describeTree(tree)), expected);
        const surprises = lines.filter((line) => !(line.split('\n')[0]! in KNOWN));
        expect(surprises, packages.join(' ')).toEqual([]);
      });
    },
  );

  it('passes apk audit and apk verify', async () => {
    await cooked(
      { base: { tar: minirootfs() }, packages: ['chrony', 'openssh', 'alpine-base'] },
      async (tree) => {
        const root = join(folder, 'root');
        await unpack(tree, root);
        judge('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
        const run = (...args: string[]) =>
          judge('chroot', [root, '/sbin/apk', '--repositories-file', '/dev/null', ...args]);
        // What adduser and the minirootfs itself have changed is shown; packages are as they were.
        expect(
          run('audit', '--system')
            .trim()
            .split('\n')
            .filter((line) => line !== ''),
        ).toEqual([]);
        expect(run('add', '--simulate')).toMatch(/^OK:/m);
        expect(run('info', '--installed', 'chrony')).toMatch(/chrony/);
      },
    );
  });

  it('starts from nothing: a base of alpine', async () => {
    await cooked({ base: { alpine: '3.19' }, packages: ['doas'] }, (tree) => {
      const world = tree.get('/etc/apk/world');
      expect(world?.type === 'file' && Buffer.from(readContent(world.content)).toString()).toBe(
        'alpine-base\ndoas\n',
      );
      expect(tree.get('/usr/bin/doas')).toMatchObject({ type: 'file', mode: 0o4755, uid: 0 });
      expect(tree.get('/bin/sh')).toMatchObject({ type: 'symlink', target: '/bin/busybox' });
      expect(tree.get('/usr/bin/awk')).toMatchObject({ type: 'symlink' });
      expect(tree.get('/etc/apk/keys')).toMatchObject({ type: 'directory' });
    });
  });
});

async function unpack(tree: Tree, root: string): Promise<void> {
  const { createWriteStream, mkdirSync } = await import('node:fs');
  const { pipeline } = await import('node:stream/promises');
  const { Readable } = await import('node:stream');
  mkdirSync(root);
  await pipeline(Readable.from(writeTar(tree)), createWriteStream(`${root}.tar`));
  judge('tar', ['--xattrs', '--xattrs-include=*', '-xpf', `${root}.tar`, '-C', root]);
}
