import { afterAll, beforeAll, expect, it } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { parseDependencies, requireDependency } from '../../src/formats/apk/index.ts';
import { type Change, resolve, Universe } from '../../src/sources/alpine/index.ts';
import { PackageTable } from '../../src/sources/alpine/package-table.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { ApkOracle, type SimulatedChange, subset } from '../support/apk-oracle.ts';
import { oracle } from '../support/oracle.ts';
import { numbers, runs, seedFor } from '../support/seed.ts';

const SUBSETS = runs(200);
const MOST_PACKAGES = 12;

const suite = oracle({ tools: ['chroot', 'tar'], root: true, files: [ALPINE] });

/** The judge: the real apk of the minirootfs. The same packages and versions, and in the same order. */
suite('the choice of packages', () => {
  let apk: ApkOracle;
  let table: PackageTable;
  let names: string[];

  beforeAll(() => {
    apk = new ApkOracle();
    table = new PackageTable(apk.index());
    names = apk.packageNames();
  });
  afterAll(() => apk.remove());

  async function ours(
    packages: readonly string[],
    installed: string,
    world: string,
  ): Promise<SimulatedChange[] | undefined> {
    const wanted = new Map(parseDependencies(world).map((dependency) => [dependency.name, dependency]));
    for (const word of packages) wanted.set(word.replace(/[<>=~].*/, ''), requireDependency(word));
    try {
      const universe = new Universe([{ index: table }], Buffer.from(installed));
      const { changes } = await resolve(universe, [...wanted.values()], () => undefined);
      return changes.map(inWords);
    } catch (error) {
      if (error instanceof RootlessBakeError && error.code === 'RB_APK_FAILED') return undefined;
      throw error;
    }
  }

  it(`is apk's for random subsets on top of the minirootfs`, async () => {
    const repository = ['--repositories-file', '/dev/null', '-X', '/repository'];
    const [installed, world] = [apk.read('lib/apk/db/installed'), apk.read('etc/apk/world')];
    const roll = numbers(seedFor('packages on top of the minirootfs'));
    let solved = 0;
    for (let round = 0; round < SUBSETS; round += 1) {
      const packages = subset(names, 1 + roll(MOST_PACKAGES), roll);
      const expected = apk.simulate([...repository, ...packages]);
      expect(await ours(packages, installed, world), packages.join(' ')).toEqual(expected);
      if (expected) solved += 1;
    }
    expect(solved).toBeGreaterThan(SUBSETS / 2);
    expect(solved).toBeLessThan(SUBSETS);
  });

  it(`is apk's for random subsets in an empty root`, async () => {
    const root = apk.emptyRoot();
    const place = [
      '--repositories-file',
      '/dev/null',
      '-X',
      '/repository',
      '--root',
      root,
      '--keys-dir',
      '/etc/apk/keys',
    ];
    const roll = numbers(seedFor('packages in an empty root'));
    for (let round = 0; round < SUBSETS; round += 1) {
      const packages = subset(names, 1 + roll(MOST_PACKAGES), roll);
      expect(await ours(packages, '', ''), packages.join(' ')).toEqual(apk.simulate([...place, ...packages]));
    }
  });

  it.each([
    ['busybox<1.36.1-r19'],
    ['busybox=1.36.1-r15'],
    ['musl~1.2.4_git20230717'],
    ['musl>1.3'],
    ['cmd:ntpd', 'chrony'],
    ['so:libnl-3.so.200'],
    ['ifupdown-any'],
    ['chrony', '!chrony-openrc', 'openrc'],
    ['openntpd', 'chrony'],
    ['no-such-package'],
    ['apk-tools=2.14.0-r5', 'openssl'],
  ])("is apk's for %s", async (...packages: string[]) => {
    const repository = ['--repositories-file', '/dev/null', '-X', '/repository'];
    const [installed, world] = [apk.read('lib/apk/db/installed'), apk.read('etc/apk/world')];
    expect(await ours(packages, installed, world)).toEqual(apk.simulate([...repository, ...packages]));
  });

  it('says what is missing, who asks for it, and what was meant', async () => {
    const universe = new Universe([{ index: table }], Buffer.alloc(0));
    const attempt = resolve(universe, ['opnrc', 'chrony=9'].map(requireDependency), () => undefined);
    await expect(attempt).rejects.toThrow(/opnrc: there is no such package; the recipe asks for it/);
    await expect(attempt).rejects.toThrow(/chrony=9: there is only chrony-4\.5-r0; the recipe asks for it/);
    await expect(attempt).rejects.toThrow(
      expect.objectContaining({ hint: expect.stringContaining('did you mean openrc') }),
    );
  });
});

function inWords({ old, new: chosen }: Change): SimulatedChange {
  const { name, version } = (chosen ?? old)!;
  return { verb: chosen ? (old ? 'Replacing' : 'Installing') : 'Purging', name: name.text, version };
}
