import { describe, expect, it } from 'vitest';
import type { PartitionTable } from '../../src/inspect/disk.ts';
import type { RootFacts } from '../../src/inspect/root-facts.ts';
import { type BootPlace, bootChain } from '../../src/report/boot-chain.ts';
import { metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { withFiles } from '../support/sbom-roots.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';

const FACTS: RootFacts = {
  entries: 1,
  bytes: 0,
  packages: {},
  boot: {
    loader: 'syslinux',
    path: '/boot/syslinux.cfg',
    default: 0,
    entries: [
      {
        title: 'linux',
        kernel: { path: '/boot/vmlinuz' },
        initrds: [{ path: '/boot/initrd' }],
        options: 'quiet',
      },
    ],
  },
  kernel: { path: '/boot/vmlinuz', size: 2048, release: '6.1.0' },
  initrds: [
    { path: '/boot/initrd', size: 1024, entries: 7, modules: ['ext4', 'virtio_blk'], rootUuid: UUID },
  ],
  bootedRoot: { name: `UUID=${UUID}`, state: 'found', partition: 1 },
};

function place(over: Partial<PartitionTable> = {}, sector = syslinuxSector()): BootPlace {
  const partition = { number: 1, type: '83', uuid: '1-01', bootable: true, offset: 512, size: 1024 };
  const partitionTable = {
    type: 'dos',
    id: '0x1',
    bootCode: { name: 'syslinux', sha256: 'ab' },
    partitions: [partition],
    ...over,
  } as const;
  const fileSystem = { partition: 1, uuid: UUID, label: 'root', type: 'ext4', size: 4096 };
  return {
    image: { kind: 'disk', partitionTable, fileSystems: [fileSystem as never] },
    partition,
    bootSector: sector,
  };
}

function syslinuxSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xfe, 0x02, 0xb2, 0x3e], 0x1f8);
  return sector;
}

function bootable(): Tree {
  const tree = withFiles(new Tree(), {
    '/boot/ldlinux.sys': 'sys',
    '/boot/ldlinux.c32': 'c32',
    '/bin/busybox': 'busybox',
    '/etc/inittab':
      '# comment\n::sysinit:/sbin/openrc sysinit\n::ctrlaltdel:/sbin/reboot\ntty1::respawn:-/bin/sh\n',
  });
  tree.set(
    '/sbin/init',
    symlinkEntry('../bin/busybox', metadata({ origin: 'base' })),
    metadata({ mode: 0o755, origin: 'base' }),
  );
  return tree;
}

/** Each step on one line. */
function chain(tree: Tree, facts: RootFacts = FACTS, where: BootPlace = place()): string[] {
  return bootChain(tree, facts, { rootTree: tree, ...where }).map(
    ({ title, subject, facts: told, loads = 'nothing', problem }) =>
      `${title}: ${subject} (${told.join('; ')}) -> ${loads}${problem === undefined ? '' : ` !! ${problem}`}`,
  );
}

describe('the boot chain', () => {
  it('goes from the boot code to the first process', () => {
    expect(chain(bootable())).toEqual([
      'boot code: SYSLINUX mbr.bin (the first 440 bytes of the disk, run by a BIOS; sha256 ab) -> boot sector of the active partition 1',
      'boot sector: SYSLINUX (the first sector of the partition) -> ldlinux.sys, by the number of its first sector',
      'boot loader: /boot/ldlinux.sys (3 B; reads the rest of itself by a list of sectors) -> ldlinux.c32, syslinux.cfg',
      'configuration: /boot/syslinux.cfg (entry linux; options quiet) -> /boot/vmlinuz, /boot/initrd',
      'kernel: /boot/vmlinuz (Linux 6.1.0; 2 KiB) -> /init of the initrd',
      'initrd: /boot/initrd (1 KiB; 7 entries; 2 modules: ext4 virtio_blk) -> 2 modules, then the root file system',
      `root file system: UUID=${UUID} (partition 1; ext4; label root; 4 KiB) -> the first process`,
      'first process: /sbin/init (leads to /bin/busybox; busybox init; as /etc/inittab says) -> /sbin/openrc sysinit, /bin/sh',
    ]);
  });

  it('tells what is missing', () => {
    const { initrds: _, kernel: __, ...facts } = FACTS;
    const [partition] = place().image.partitionTable!.partitions;
    const nowhere = place({ partitions: [{ ...partition!, bootable: false }] });
    const [entry] = FACTS.boot!.entries;
    const lost = {
      ...entry!,
      kernel: { path: '/boot/vmlinuz', missing: true as const },
      initrds: [{ path: '/boot/initrd', missing: true as const }],
    };
    const boot = { ...FACTS.boot!, entries: [lost] };
    const bootedRoot = { name: 'UUID=00000000', state: 'not found' } as const;
    const problems = chain(new Tree(), { ...facts, boot, bootedRoot }, nowhere);
    expect(problems.map((line) => line.split(' !! ')[1])).toEqual([
      'no partition is marked as bootable',
      undefined,
      'it is not there',
      '/boot/vmlinuz, /boot/initrd: not there',
      'no file system of this image has it',
      'it is not there',
    ]);
    expect(chain(bootable(), FACTS, place({ bootCode: { name: 'none' } }))[0]).toContain(
      '!! a BIOS finds nothing',
    );
  });

  it('tells what could not be resolved, and where the root is when it is not read', () => {
    const boot = { ...FACTS.boot!, loader: 'grub', problems: ['the default entry is not known'] } as const;
    const { default: _, ...undecided } = boot;
    const bootedRoot = { name: 'PARTUUID=1-02', state: 'found', partition: 2 } as const;
    const lines = chain(
      bootable(),
      { ...FACTS, boot: undecided, bootedRoot },
      { ...place(), rootTree: undefined },
    );
    expect(lines.filter((line) => /^(?:conf|root|first)/.test(line))).toEqual([
      'configuration: /boot/syslinux.cfg (on partition 1) -> nothing !! the default entry is not known',
      'root file system: PARTUUID=1-02 (partition 2; its file system is not read here) -> the first process',
    ]);
  });

  it('leaves boot sectors alone that are none', () => {
    const titles = (sector: Uint8Array): string[] =>
      bootChain(bootable(), FACTS, place({}, sector)).map(({ title, subject }) => `${title} ${subject}`);
    expect(titles(new Uint8Array(512))[1]).toBe('configuration /boot/syslinux.cfg');
    expect(titles(new Uint8Array(512).fill(1))[1]).toBe('boot sector unknown code');
  });

  it('names the first process of systemd and of busybox without an inittab', () => {
    const systemd = withFiles(new Tree(), {
      '/usr/lib/systemd/systemd': 'x',
      '/usr/lib/systemd/system/multi-user.target': 'x',
    });
    const link = (path: string, target: string): void =>
      systemd.set(
        path,
        symlinkEntry(target, metadata({ origin: 'base' })),
        metadata({ mode: 0o755, origin: 'base' }),
      );
    link('/sbin/init', '/usr/lib/systemd/systemd');
    link('/usr/lib/systemd/system/default.target', 'multi-user.target');
    expect(chain(systemd).at(-1)).toBe(
      'first process: /sbin/init (leads to /usr/lib/systemd/systemd; systemd) -> multi-user.target',
    );
    const plain = bootable();
    plain.delete('/etc/inittab');
    withFiles(plain, { '/etc/init.d/rcS': '#!/bin/sh' });
    expect(chain(plain).at(-1)).toContain('-> /etc/init.d/rcS');
  });

  it('says nothing of what does not boot', () => {
    const { boot: _, kernel: __, initrds: ___, bootedRoot: ____, ...facts } = FACTS;
    expect(bootChain(bootable(), facts, { image: { kind: 'tar', fileSystems: [] } })).toEqual([]);
  });
});
