import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, describe as group, it } from 'vitest';
import {
  extractSyslinux,
  type InstallOptions,
  installSyslinux,
  LDLINUX_C32_INODE,
  LDLINUX_SYS_INODE,
  ldlinuxSysFileSize,
  type SyslinuxParts,
  sectorLbasOf,
} from '../../src/formats/syslinux/index.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';

const MIB = 1 << 20;
const HIDDEN = 2048;

interface Case {
  readonly name: string;
  readonly size: number;
  readonly mke2fs: readonly string[];
  readonly directory: string;
  /** Leave only single free blocks, so that every block of ldlinux.sys is a piece of its own. */
  readonly fragmented?: boolean;
  /** Options of extlinux beyond the geometry, and what they are for us. */
  readonly extlinux?: readonly string[];
  readonly options?: Partial<InstallOptions>;
}

const CASES: readonly Case[] = [
  { name: 'ext4, 4 KiB blocks', size: 96 * MIB, mke2fs: ['-t', 'ext4', '-b', '4096'], directory: '/boot' },
  { name: 'ext4, 1 KiB blocks', size: 64 * MIB, mke2fs: ['-t', 'ext4', '-b', '1024'], directory: '/boot' },
  {
    name: 'ext2, under 65536 sectors',
    size: 24 * MIB,
    mke2fs: ['-t', 'ext2', '-b', '1024'],
    directory: '/boot',
  },
  {
    name: 'ext2, 4 KiB blocks, into the root',
    size: 48 * MIB,
    mke2fs: ['-t', 'ext2', '-b', '4096'],
    directory: '/',
  },
  { name: 'exactly 65536 sectors', size: 32 * MIB, mke2fs: ['-t', 'ext4'], directory: '/boot' },
  { name: 'one sector less', size: 32 * MIB - 512, mke2fs: ['-t', 'ext4', '-b', '1024'], directory: '/boot' },
  { name: 'a nested directory', size: 40 * MIB, mke2fs: ['-t', 'ext4'], directory: '/boot/syslinux/extra' },
  {
    name: 'for RAID-1',
    size: 40 * MIB,
    mke2fs: ['-t', 'ext4'],
    directory: '/boot',
    extlinux: ['--raid'],
    options: { raid: true },
  },
  {
    name: 'one sector at a time',
    size: 40 * MIB,
    mke2fs: ['-t', 'ext4'],
    directory: '/boot',
    extlinux: ['--stupid'],
    options: { stupid: true },
  },
  {
    name: 'another geometry',
    size: 40 * MIB,
    mke2fs: ['-t', 'ext4'],
    directory: '/boot',
    extlinux: ['--heads', '255', '--sectors', '63'],
    options: { heads: 255, sectorsPerTrack: 63 },
  },
  {
    name: 'a fragmented ext2',
    size: 8 * MIB,
    mke2fs: ['-t', 'ext2', '-b', '1024', '-N', '8192'],
    directory: '/boot',
    fragmented: true,
  },
  {
    name: 'a fragmented ext4',
    size: 8 * MIB,
    mke2fs: ['-t', 'ext4', '-b', '1024', '-N', '8192', '-O', '^has_journal'],
    directory: '/boot',
    fragmented: true,
  },
];

/** What the real extlinux left on a disk. */
interface Installed {
  readonly bootSector: Buffer;
  readonly secondSector: Buffer;
  readonly ldlinuxSys: Buffer;
  readonly ldlinuxC32: Buffer;
  readonly lbas: readonly number[];
  readonly pieces: number;
  readonly debugfs: (command: string) => string;
}

oracle({
  tools: ['extlinux', 'mke2fs', 'debugfs', 'losetup', 'mount', 'umount', 'mountpoint'],
  root: true,
})('the boot loader and the real extlinux', () => {
  let folder: string;
  let parts: SyslinuxParts;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-extlinux-'));
    parts = extractSyslinux(readFileSync(findTool('extlinux') ?? 'extlinux'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Only single free blocks are left: fill the file system with files of one block, drop every second. */
  function fragment(mountPoint: string): void {
    const filler = join(mountPoint, 'filler');
    mkdirSync(filler);
    let count = 0;
    try {
      for (; ; count++) writeFileSync(join(filler, `${count}`), Buffer.alloc(1024, 1));
    } catch (error) {
      expect(error).toHaveProperty('code', 'ENOSPC');
    }
    judge('sync', []);
    for (let index = 0; index < count; index += 2) unlinkSync(join(filler, `${index}`));
    judge('sync', []);
  }

  function runExtlinux(device: string, mountPoint: string, test: Case): void {
    judge('mount', [device, mountPoint]);
    try {
      judge('mountpoint', ['-q', mountPoint]);
      mkdirSync(join(mountPoint, test.directory), { recursive: true });
      if (test.fragmented) fragment(mountPoint);
      const geometry = ['--heads', '64', '--sectors', '32', ...(test.extlinux ?? [])];
      judge('extlinux', [...geometry, '--install', join(mountPoint, test.directory)]);
    } finally {
      judge('umount', [mountPoint]);
    }
  }

  function install(test: Case): Installed {
    const disk = join(folder, 'disk.img');
    const partition = join(folder, 'partition.img');
    const mountPoint = join(folder, 'mnt');
    mkdirSync(mountPoint, { recursive: true });
    writeFileSync(disk, '');
    truncateSync(disk, HIDDEN * 512 + test.size);
    // extlinux takes the number of hidden sectors from the loop device's offset.
    const limits = ['--offset', `${HIDDEN * 512}`, '--sizelimit', `${test.size}`];
    const device = judge('losetup', ['--find', '--show', ...limits, disk]).trim();
    try {
      judge('mke2fs', ['-q', '-F', ...test.mke2fs, device]);
      // Sectors 0 and 1 belong to the boot loader; the second must survive.
      const mark = openSync(device, 'r+');
      writeSync(mark, Buffer.alloc(1024, 0xa5), 0, 1024, 0);
      closeSync(mark);
      runExtlinux(device, mountPoint, test);
    } finally {
      judge('losetup', ['--detach', device]);
    }
    judge('dd', [`if=${disk}`, `of=${partition}`, 'bs=512', `skip=${HIDDEN}`, 'conv=sparse', 'status=none']);
    return readInstalled(partition, test);
  }

  function readInstalled(partition: string, test: Case): Installed {
    const debugfs = (command: string): string => judge('debugfs', ['-R', command, partition]);
    const path = join(test.directory, 'ldlinux.sys');
    const blockSize = Number(/Block size:\s+(\d+)/.exec(debugfs('stats -h'))?.[1]);
    const script = join(folder, 'bmap');
    const blocks = Math.ceil(ldlinuxSysFileSize(parts.ldlinuxSys) / blockSize);
    writeFileSync(script, Array.from({ length: blocks }, (_, index) => `bmap ${path} ${index}\n`).join(''));
    const map = judge('debugfs', ['-f', script, partition]).match(/^\d+$/gm)?.map(Number) ?? [];
    expect(map).toHaveLength(blocks);
    const lbas = sectorLbasOf(map.map((block) => ({ offset: block * blockSize, length: blockSize })));

    const file = openSync(partition, 'r');
    const read = (lba: number): Buffer => {
      const sector = Buffer.alloc(512);
      readSync(file, sector, 0, 512, lba * 512);
      return sector;
    };
    const c32 = join(folder, 'ldlinux.c32');
    debugfs(`dump ${join(test.directory, 'ldlinux.c32')} ${c32}`);
    const count = ldlinuxSysFileSize(parts.ldlinuxSys) / 512;
    const installed = {
      bootSector: read(0),
      secondSector: read(1),
      ldlinuxSys: Buffer.concat(lbas.slice(0, count).map(read)),
      ldlinuxC32: readFileSync(c32),
      lbas,
      pieces: map.filter((block, index) => index === 0 || block !== (map[index - 1] ?? 0) + 1).length,
      debugfs,
    };
    closeSync(file);
    return installed;
  }

  group.each(CASES)('$name', (test) => {
    let real: Installed;
    beforeAll(() => {
      real = install(test);
    });

    it('writes the same boot sector, ldlinux.sys and ADV', () => {
      const ours = installSyslinux(parts, {
        totalSectors: test.size / 512,
        hiddenSectors: HIDDEN,
        sectorLbas: real.lbas,
        installDirectory: test.directory,
        ...test.options,
      });
      expect(Buffer.from(ours.bootSector).toString('hex')).toBe(real.bootSector.toString('hex'));
      expect(Buffer.compare(ours.ldlinuxSys, real.ldlinuxSys)).toBe(0);
      expect(real.secondSector.every((byte) => byte === 0xa5)).toBe(true);
      if (test.fragmented) expect(real.pieces).toBeGreaterThan(40);
    });

    it('writes the same ldlinux.c32, and both files as documented', () => {
      expect(Buffer.compare(parts.ldlinuxC32, real.ldlinuxC32)).toBe(0);
      const EXTENTS_FLAG = 0x80000;
      for (const [name, inode, size] of [
        ['ldlinux.sys', LDLINUX_SYS_INODE, ldlinuxSysFileSize(parts.ldlinuxSys)],
        ['ldlinux.c32', LDLINUX_C32_INODE, parts.ldlinuxC32.length],
      ] as const) {
        const stat = real.debugfs(`stat ${join(test.directory, name)}`);
        expect(Number(`0o${/Mode:\s+(\d+)/.exec(stat)?.[1]}`), stat).toBe(inode.mode);
        expect(Number(/Flags: (0x[0-9a-f]+)/.exec(stat)?.[1]) & ~EXTENTS_FLAG, stat).toBe(inode.flags);
        expect(Number(/Size: (\d+)/.exec(stat)?.[1])).toBe(size);
      }
    });
  });

  it('leaves no loop device behind', () => {
    expect(judge('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])).not.toContain(folder);
    expect(statSync(join(folder, 'mnt')).isDirectory()).toBe(true);
  });
});
