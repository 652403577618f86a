import { describe, expect, it } from 'vitest';
import type { PartitionTable } from '../../src/inspect/disk.ts';
import type { RootFacts } from '../../src/inspect/root-facts.ts';
import { bootChain, type RootPlace } from '../../src/report/boot-chain.ts';
import { metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { withFiles } from '../support/sbom-roots.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';

const FACTS: RootFacts = {
  entries: 1,
  bytes: 0,
  packages: {},
  boot: {
    path: '/boot/syslinux.cfg',
    label: 'linux',
    kernel: '/boot/vmlinuz',
    initrd: '/boot/initrd',
    append: 'quiet',
  },
  kernel: { path: '/boot/vmlinuz', size: 2048, release: '6.1.0' },
  initrd: { path: '/boot/initrd', size: 1024, entries: 7, modules: ['ext4', 'virtio_blk'], rootUuid: UUID },
};

function place(over: Partial<PartitionTable> = {}, sector = syslinuxSector()): RootPlace {
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
function chain(tree: Tree, facts: RootFacts = FACTS, where: RootPlace = place()): string[] {
  return bootChain(tree, facts, where).map(
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
      'configuration: /boot/syslinux.cfg (label linux; append quiet) -> /boot/vmlinuz, /boot/initrd',
      'kernel: /boot/vmlinuz (Linux 6.1.0; 2 KiB) -> /init of the initrd',
      'initrd: /boot/initrd (1 KiB; 7 entries; 2 modules: ext4 virtio_blk) -> 2 modules, then the root file system',
      `root file system: UUID=${UUID} (partition 1; ext4; label root; 4 KiB) -> the first process`,
      'first process: /sbin/init (leads to /bin/busybox; busybox init; as /etc/inittab says) -> /sbin/openrc sysinit, /bin/sh',
    ]);
  });

  it('tells what is missing', () => {
    const { initrd: _, kernel: __, ...facts } = FACTS;
    const [partition] = place().image.partitionTable!.partitions;
    const nowhere = place({ partitions: [{ ...partition!, bootable: false }] });
    const problems = chain(
      new Tree(),
      { ...facts, boot: { ...FACTS.boot!, append: 'root=UUID=00000000' } },
      nowhere,
    );
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

  it.each([
    [`root=UUID=${UUID.toUpperCase()}`, true],
    ['root=LABEL=root', true],
    ['root=PARTUUID=1-01', true],
    ['root=LABEL=other', false],
  ])('finds the root file system by %s', (append, found) => {
    const { initrd: _, ...facts } = FACTS;
    const line = chain(bootable(), { ...facts, boot: { ...FACTS.boot!, append } }).find((step) =>
      step.startsWith('root'),
    );
    expect(line!.includes('partition 1')).toBe(found);
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
    const { boot: _, kernel: __, initrd: ___, ...facts } = FACTS;
    expect(bootChain(bootable(), facts, { image: { kind: 'tar', fileSystems: [] } })).toEqual([]);
  });
});
