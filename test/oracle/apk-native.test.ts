import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { CookOptions } from '../../src/cook/options.ts';
import { writeTar } from '../../src/formats/tar/index.ts';
import { readContent } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { ApkOracle, minirootfs, subset } from '../support/apk-oracle.ts';
import { type ApkPackage, makeRepository } from '../support/apk-repository.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { nativeRoot, withoutTimes } from '../support/native-root.ts';
import { judge, oracle } from '../support/oracle.ts';
import { numbers, seedFor } from '../support/seed.ts';
import { paxRecord, type TarBlock } from '../support/tar-blocks.ts';

/** cap_net_raw=ep, as the kernel stores it: linux/capability.h, `vfs_cap_data`. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('latin1');

const SUBSETS = 20;
const REPOSITORY = join(ALPINE, 'apks');

/** Where a cook differs from a native root, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  '/etc/shadow': 'the day on which adduser made a user is the day of the epoch, not today',
  '/etc/shadow-': 'likewise: its backup',
};

const MODE = { mode: 0o755 };

/** All that a package may hold. The time makes no difference: apk takes it from the archive. */
const ODD_PACKAGES: readonly ApkPackage[] = [
  {
    name: 'odd',
    version: '1.0-r0',
    data: [
      { name: 'etc/', typeflag: '5', ...MODE },
      { name: 'etc/alpine-release', body: 'other words\n' },
      { name: 'etc/odd.conf', body: 'a\n', mode: 0o640, uname: 'root', gname: 'wheel' },
      { name: 'srv/', typeflag: '5', ...MODE },
      { name: 'srv/odd/', typeflag: '5', mode: 0o3770, uid: 7, uname: 'games', gname: 'games' },
      { name: 'srv/odd/.keep_odd', body: '' },
      { name: 'srv/odd/unknown', body: 'x', uid: 4711, uname: 'nobody-has-this-name' },
      { name: 'srv/odd/pipe', typeflag: '6' },
      { name: 'usr/', typeflag: '5', ...MODE },
      { name: 'usr/bin/', typeflag: '5', ...MODE },
      { name: 'usr/bin/odd', body: 'program', mode: 0o4711 },
      { name: 'usr/bin/odd2', typeflag: '1', linkname: 'usr/bin/odd', mode: 0o4711 },
      { name: 'usr/bin/odd3', typeflag: '2', linkname: 'odd', mode: 0o777 },
      { name: 'usr/bin/ping', body: 'capable', ...MODE },
      { name: 'usr/bin/large', body: 'x'.repeat(100_000), ...MODE },
    ],
  },
  {
    name: 'odd-scripts',
    version: '2.0-r1',
    scripts: {
      '.pre-install':
        '#!/bin/sh\naddgroup -S odd; adduser -S -D -H -h /srv/home -s /sbin/nologin -G odd odd\nexit 0\n',
      '.post-install':
        '#!/bin/sh\necho "$0 $*" | sed "s,.*/,," >/srv/home/ran\nchown odd:odd /srv/home/ran\n',
    },
    data: [
      { name: 'srv/', typeflag: '5', ...MODE },
      { name: 'srv/home/', typeflag: '5', mode: 0o750, uname: 'odd', gname: 'odd' },
      { name: 'srv/home/file', body: 'its own', uname: 'odd', gname: 'odd' },
    ],
  },
];

const suite = oracle({ tools: ['chroot', 'tar', 'proot', 'getfattr'], root: true, files: [ALPINE] });

/** The judge: apk itself, as root, in a chroot. Times are not compared: natively folders have those of the day. */
suite('apk: native', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-native-cook-'));
  let apk: ApkOracle;
  let solvable: string[][];

  beforeAll(() => {
    apk = new ApkOracle();
    const roll = numbers(seedFor('roots that apk cooks'));
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

  it('passes apk audit', async () => {
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

  it('gives the root that apk gives for odd packages', async () => {
    const repository = join(folder, 'odd');
    const { keyName, publicKey } = makeRepository(
      repository,
      ODD_PACKAGES.map((item) => ({ ...item, data: item.data.flatMap(withRecords) })),
    );
    const key = join(folder, keyName);
    writeFileSync(key, publicKey);
    const names = ODD_PACKAGES.map(({ name }) => name);
    const apk = ['/sbin/apk', '--allow-untrusted', '--repositories-file', '/dev/null', '-X', '/repository'];
    const expected = nativeRoot(minirootfs(), repository, [...apk, 'add', '--no-progress', ...names]);
    const options = {
      base: { tar: minirootfs() },
      repositories: [repository],
      apkKeys: [key],
      packages: names,
    };
    await cooked(options, (tree) => {
      const lines = differences(withoutTimes(describeTree(tree)), expected).map(
        (line) => line.split('\n')[0],
      );
      // Without the time of building, apk gives scripts that of the day.
      expect(lines).toEqual(['/etc/shadow', '/lib/apk/db/scripts.tar']);
      expect(tree.get('/etc/alpine-release.apk-new')).toMatchObject({ type: 'file' });
    });
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

/** Puts the PAX records of abuild in front of a file: its checksum, and the capability of one that is to have it. */
function withRecords(block: TarBlock): TarBlock[] {
  if (block.typeflag === '5' || block.typeflag === '1' || block.typeflag === '6') return [block];
  const bytes = Buffer.from(block.typeflag === '2' ? block.linkname! : block.body!, 'latin1');
  const checksum = paxRecord('APK-TOOLS.checksum.SHA1', createHash('sha1').update(bytes).digest('hex'));
  const isCapable = block.name === 'usr/bin/ping';
  const capability = isCapable ? paxRecord('SCHILY.xattr.security.capability', CAPABILITY) : '';
  return [{ name: 'PaxHeader', typeflag: 'x', body: checksum + capability }, block];
}

async function unpack(tree: Tree, root: string): Promise<void> {
  const { createWriteStream, mkdirSync } = await import('node:fs');
  const { pipeline } = await import('node:stream/promises');
  const { Readable } = await import('node:stream');
  mkdirSync(root);
  await pipeline(Readable.from(writeTar(tree)), createWriteStream(`${root}.tar`));
  judge('tar', ['--xattrs', '--xattrs-include=*', '-xpf', `${root}.tar`, '-C', root]);
}
