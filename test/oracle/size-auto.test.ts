/** Images of the size that was found: they can be made, are sound, and nothing smaller can. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bake } from '../../src/bake/bake.ts';
import { mkfs } from '../../src/bake/mkfs.ts';
import type { BaseOptions } from '../../src/cook/options.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { cookedRoot, installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { syntheticTree } from '../support/synthetic-tree.ts';
import { folderOf, ordinaryUser } from '../support/users.ts';

const MEBIBYTE = 2 ** 20;

/** M: 7,000 files of about 12 KiB. */
const medium = (): Tree => syntheticTree(7000, 400, (index) => (index * 7919) % 24_000);
/** D: 50,000 small files in one directory. */
const crowded = (): Tree => syntheticTree(50_000, 1, (index) => index % 2000);
/** L: 30,000 files, 2 GiB. */
const large = (): Tree => syntheticTree(30_000, 1500, (index) => (index * 7919) % 143_000);

const minirootfs = (): string =>
  join(ALPINE, readdirSync(ALPINE).find((file) => file.startsWith('alpine-minirootfs-'))!);

oracle({ tools: ['e2fsck', 'dumpe2fs'], files: [ALPINE] })('an ext4 image of the size that was found', () => {
  const folder = folderOf(ordinaryUser());
  const path = join(folder, 'auto.ext4');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, () => BaseOptions]>([
    ['S, a root of Alpine', () => ({ tar: minirootfs() })],
    ['M', () => ({ tree: medium() })],
    ['D', () => ({ tree: crowded() })],
    ['L', () => ({ tree: large() })],
  ])('%s', async (_name, source) => {
    const { host } = testHost();
    const target = { path, force: true };
    const { size } = await mkfs({ source: source(), size: 'auto', headroom: 0 }, target, host);
    expect(statSync(path).size).toBe(size);
    expect(judge('e2fsck', ['-f', '-n', path])).toContain('Pass 5');
    const less = Math.floor((size * 0.98) / 512) * 512;
    const needed = size % MEBIBYTE === 0 ? `${size / MEBIBYTE}M` : `${size / 1024}K`;
    await expect(mkfs({ source: source(), size: less }, target, host)).rejects.toMatchObject({
      code: 'RB_EXT4_NO_SPACE',
      message: expect.stringMatching(
        new RegExp(`: it needs ${needed}; largest directories:\\n( +\\d+\\.\\dM /\\S+(\\n|$)){1,10}$`),
      ),
      hint: expect.stringContaining(`--size ${needed}`),
    });
    // The size that the message names is enough, whatever was asked for before.
    const again = await mkfs({ source: source(), size }, target, host);
    expect(again.size).toBe(size);
  });

  it('has the headroom free, as dumpe2fs counts', async () => {
    const { host } = testHost();
    const options = { source: { tree: medium() }, size: 'auto', headroom: 64 * MEBIBYTE } as const;
    await mkfs(options, { path, force: true }, host);
    const free = Number(/^Free blocks: +(\d+)$/m.exec(judge('dumpe2fs', ['-h', path]))![1]);
    expect(free).toBeGreaterThanOrEqual(64 * 256);
    expect(free).toBeLessThan(66 * 256);
  });

  it('is left unchecked with check: false, and takes the choices of the file system', async () => {
    const { host, events } = testHost();
    const filesystem = {
      type: 'ext2',
      blockSize: 1024,
      inodeSize: 128,
      reserved: 0,
      features: ['^dir_index'],
    } as const;
    const options = { source: { tree: medium() }, size: 'auto', check: false, filesystem } as const;
    await mkfs(options, { path, force: true }, host);
    expect(events.map((event) => ('step' in event ? event.step : ''))).not.toContain('check');
    const header = judge('dumpe2fs', ['-h', path]);
    expect(header).toMatch(/^Block size: +1024$/m);
    expect(header).toMatch(/^Inode size:\s+128$/m);
    expect(header).toMatch(/^Reserved block count: +0$/m);
    expect(header).not.toMatch(/has_journal|dir_index|extent/);
    expect(judge('e2fsck', ['-f', '-n', path])).toContain('Pass 5');
  });
});

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'e2fsck'], files: [MBR_CODE] })(
  'a disk of that size',
  () => {
    const folder = folderOf(ordinaryUser());
    const path = join(folder, 'auto.img');
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('is baked with its boot files, and at 2 % less is not', async () => {
      const { host } = testHost();
      const options = { ...installedBakeOptions(0), busybox: { path: '/bin/busybox' } };
      const target = { path, force: true };
      const root = cookedRoot(syntheticTree(2000, 50, (index) => (index * 7919) % 20_000));
      const { size } = await bake({ ...options, size: 'auto', headroom: 0 }, root, target, host);
      expect(judge('e2fsck', ['-f', '-n', `${path}?offset=${MEBIBYTE}`])).toContain('Pass 5');
      const less = Math.floor((size * 0.98) / 512) * 512;
      await expect(bake({ ...options, size: less }, root, target, host)).rejects.toMatchObject({
        code: 'RB_EXT4_NO_SPACE',
      });
      expect((await bake({ ...options, size }, root, target, host)).size).toBe(size);
    });
  },
);
