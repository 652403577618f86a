import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import {
  insertionOrder,
  type ModuleIndex,
  type ModuleIndexOptions,
  moduleIndex,
  moduleNameOf,
  readModuleInfo,
} from '../../src/formats/kernel-module/index.ts';
import { DEBIAN_KERNEL_TOOLS, type DebianKernel, debianKernel } from '../support/debian-kernel.ts';
import { judge, oracle } from '../support/oracle.ts';

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'modprobe', 'modinfo'] })("Debian's kernel modules and kmod", () => {
  let kernel: DebianKernel;
  let options: ModuleIndexOptions;
  let index: ModuleIndex;
  beforeAll(() => {
    kernel = debianKernel();
    options = {
      paths: readdirSync(kernel.modules, { recursive: true, encoding: 'utf8' }).sort(),
      read: (path) => readFileSync(join(kernel.modules, path)),
      builtin: readFileSync(join(kernel.modules, 'modules.builtin'), 'utf8'),
      builtinModinfo: readFileSync(join(kernel.modules, 'modules.builtin.modinfo')),
    };
    index = moduleIndex(options);
  });

  /** What modprobe would insert, and what it says is built in; undefined when it knows no such name. */
  function modprobe(name: string): { inserted: string[]; builtin: string[] } {
    const where = ['-C', '/dev/null', '-d', kernel.root, '-S', kernel.release];
    const lines = judge('modprobe', [...where, '--show-depends', name]).split('\n');
    const words = (first: string): string[] =>
      lines.filter((line) => line.startsWith(first)).map((line) => line.split(' ')[1] ?? '');
    return { inserted: words('insmod').map((path) => moduleNameOf(path) ?? path), builtin: words('builtin') };
  }

  async function expectSound(order: readonly string[]): Promise<void> {
    for (const [position, name] of order.entries()) {
      for (const dependency of (await index.info(name)).depends) {
        if (index.isBuiltin(dependency)) continue;
        expect(order.indexOf(dependency), `${dependency} before ${name}`).toBeLessThan(position);
        expect(order).toContain(dependency);
      }
    }
  }

  it('inserts what modprobe inserts, dependencies first, for every module', async () => {
    const names = [...index.names()];
    expect(names.length).toBeGreaterThan(500);
    let longest = 0;
    let severalSoftdeps = 0;
    for (const name of names) {
      const { steps, builtin } = await insertionOrder([name], index);
      const ours = steps.map((step) => step.name);
      const theirs = [...new Set(modprobe(name).inserted)].sort();
      expect(builtin).toEqual([]);
      // kmod heeds only the first `softdep` of a module, such as one of btrfs' four checksums.
      const infos = await Promise.all(ours.map((step) => index.info(step)));
      if (infos.some(({ fields }) => (fields.get('softdep') ?? []).length > 1)) {
        expect(ours, name).toEqual(expect.arrayContaining(theirs));
        severalSoftdeps++;
      } else {
        expect(ours.toSorted(), name).toEqual(theirs);
      }
      await expectSound(ours);
      longest = Math.max(longest, ours.length);
    }
    expect(longest).toBeGreaterThan(5);
    expect(severalSoftdeps).toBeLessThan(names.length / 100);
  });

  it('gives the order that boots from a virtio disk', async () => {
    const { steps, builtin } = await insertionOrder(['virtio_pci', 'virtio-blk', 'ext4'], index);
    expect(builtin).toEqual(['ext4']);
    expect(steps.every(({ required }) => required)).toBe(true);
    const names = steps.map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      [
        'virtio_ring',
        'virtio',
        'virtio_pci_legacy_dev',
        'virtio_pci_modern_dev',
        'virtio_pci',
        'virtio_blk',
      ].sort(),
    );
    await expectSound(names);
  });

  it.each([
    'fs-ext4',
    'fs-xfs',
    'pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00',
    'virtio:d00000002v00001AF4',
    'crypto-crc32c',
    'net-pf-40',
    'devname:fuse',
  ])('resolves the alias %s as modprobe does', async (alias) => {
    const { steps, builtin } = await insertionOrder([alias], index);
    const judged = modprobe(alias);
    expect(steps.map(({ name }) => name).sort()).toEqual([...new Set(judged.inserted)].sort());
    // kmod stops at the loadable modules that answer; ours tells of built-in ones as well.
    expect(builtin).toEqual(expect.arrayContaining(judged.builtin));
    const aliasTable = readFileSync(join(kernel.modules, 'modules.alias'), 'utf8');
    expect(await insertionOrder([alias], moduleIndex({ ...options, aliasTable }))).toEqual({
      steps,
      builtin,
    });
  });

  it('reads every field that modinfo prints', async () => {
    for (const name of ['virtio_blk', 'xfs', 'btrfs', 'ixgbevf', 'ni_pcidio', 'cifs']) {
      const path = index.path(name) ?? '';
      const printed = judge('modinfo', ['-0', join(kernel.modules, path)]).split('\0');
      const { fields, ...info } = readModuleInfo(readFileSync(join(kernel.modules, path)), path);
      expect(info.name).toBe(name);
      for (const key of ['alias', 'depends', 'softdep', 'firmware', 'vermagic', 'license', 'description']) {
        const theirs = printed
          .filter((line) => line.startsWith(`${key}=`))
          .map((line) => line.slice(key.length + 1));
        expect(fields.get(key) ?? [], `${key} of ${name}`).toEqual(theirs);
      }
    }
  });

  it('names the nearest for a module that is not there', async () => {
    await expect(insertionOrder(['virtio_blok'], index)).rejects.toMatchObject({
      code: 'RB_MODULE_NOT_FOUND',
      hint: expect.stringContaining('virtio_blk'),
    });
  });
});
