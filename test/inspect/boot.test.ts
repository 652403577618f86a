/** What is told of how the trees of an image boot: the configuration, its entries, and where the root is. */
import { describe, expect, it } from 'vitest';
import { findRoot } from '../../src/inspect/boot/root-device.ts';
import type { Volume, Volumes } from '../../src/inspect/boot/volumes.ts';
import type { Partition, PartitionTable } from '../../src/inspect/disk.ts';
import { type BootFacts, bootFacts } from '../../src/inspect/root-facts.ts';
import { memorySink } from '../../src/tree/content.ts';
import { Tree } from '../../src/tree/tree.ts';
import { withFiles } from '../support/sbom-roots.ts';

const ROOT = '4ffc366b-df62-4530-92ac-3f13b793a354';
const BOOT = '0a1b2c3d-0000-4000-8000-000000000002';
const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

type Files = Readonly<Record<string, string>>;

function partition(number: number, type: string, fileSystem: Partition['fileSystem']): Partition {
  const uuid = `00000000-0000-4000-8000-00000000000${number}`;
  return {
    number,
    type,
    uuid,
    name: `part${number}`,
    bootable: false,
    offset: number << 20,
    size: 1 << 20,
    ...(fileSystem && { fileSystem }),
  };
}

/** A GPT with an EFI system partition, /boot and a root, of which those with files are read. */
function disk(
  files: { boot?: Files; root?: Files },
  code: PartitionTable['bootCode']['name'] = 'grub',
): Volumes {
  const partitions = [
    partition(1, ESP, 'vfat'),
    ...(files.boot ? [partition(2, LINUX, 'ext')] : []),
    partition(3, LINUX, files.root ? 'ext' : 'btrfs'),
  ];
  const volume = (number: number, uuid: string, label: string, own: Files | undefined): Volume[] =>
    own
      ? [
          {
            tree: withFiles(new Tree(), own),
            partition: partitions.find((item) => item.number === number)!,
            superblock: { uuid, label },
          },
        ]
      : [];
  return {
    all: [...volume(2, BOOT, 'boot', files.boot), ...volume(3, ROOT, 'cloudimg-rootfs', files.root)],
    partitionTable: { type: 'gpt', id: 'x', bootCode: { name: code }, partitions },
  };
}

const look = (volumes: Volumes): Promise<BootFacts[]> =>
  bootFacts(volumes, { sink: memorySink, pause: () => undefined });

/** As update-grub of Ubuntu writes it for clouds, shortened. */
const UBUNTU = `
set default="0"
if [ x"\${feature_menuentry_id}" = xy ]; then menuentry_id_option="--id"; else menuentry_id_option=""; fi
export menuentry_id_option
if [ "\${recordfail}" != 1 ]; then
  if [ -e \${prefix}/gfxblacklist.txt ]; then
    if [ \${grub_platform} != pc ]; then set linux_gfx_mode=keep
    elif hwmatch \${prefix}/gfxblacklist.txt 3; then
      if [ \${match} = 0 ]; then set linux_gfx_mode=keep; else set linux_gfx_mode=text; fi
    else set linux_gfx_mode=text
    fi
  else set linux_gfx_mode=keep
  fi
fi
export linux_gfx_mode
menuentry 'Ubuntu' --class ubuntu $menuentry_id_option 'gnulinux-simple-${ROOT}' {
  if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
  search --no-floppy --fs-uuid --set=root ${BOOT}
  if [ "\${initrdfail}" = 1 ]; then
    linux /vmlinuz-5 root=LABEL=cloudimg-rootfs ro
    initrd /initrd.img-5
  else
    linux /vmlinuz-5 root=LABEL=cloudimg-rootfs ro panic=-1
  fi
}
`.replaceAll(/; (else|elif|fi)/g, '\n$1');

describe('the boot of an image', () => {
  it('has its configuration on one partition and its root on another', async () => {
    const boot = {
      '/grub/grub.cfg': UBUNTU,
      '/grub/gfxblacklist.txt': 'x',
      '/vmlinuz-5': 'kernel',
      '/initrd.img-5': 'x',
    };
    const [first, second] = await look(
      disk({ boot, root: { '/etc/fstab': '', '/boot/vmlinuz-hidden': '' } }),
    );
    expect(first).toEqual({
      boot: {
        loader: 'grub',
        path: '/grub/grub.cfg',
        default: 0,
        entries: [
          {
            title: 'Ubuntu',
            id: `gnulinux-simple-${ROOT}`,
            kernel: { path: '/vmlinuz-5' },
            initrds: [],
            options: 'root=LABEL=cloudimg-rootfs ro panic=-1',
            root: { name: 'LABEL=cloudimg-rootfs', state: 'found', partition: 3 },
          },
        ],
      },
      kernel: { path: '/vmlinuz-5', size: 6 },
      bootedRoot: { name: 'LABEL=cloudimg-rootfs', state: 'found', partition: 3 },
    });
    expect(second).toEqual({ bootedFrom: 2 });
  });

  it('has entries of the Boot Loader Specification by blscfg, with a root that is not read', async () => {
    const entry = `title Fedora Linux\nversion 6.5\nlinux /vmlinuz-6.5\ninitrd /initramfs-6.5.img $tuned_initrd\noptions root=UUID=ab ro $tuned_params\n`;
    const boot = {
      '/grub2/grub.cfg': `search --no-floppy --set=boot --fs-uuid ${BOOT}\nset default="$saved_entry"\ninsmod blscfg\nblscfg\n`,
      '/loader/entries/0f-6.5.conf': entry,
      '/vmlinuz-6.5': 'kernel',
    };
    const [facts] = await look(disk({ boot }));
    expect(facts!.boot).toEqual({
      loader: 'grub',
      path: '/grub2/grub.cfg',
      default: 0,
      entries: [
        {
          title: 'Fedora Linux',
          id: '0f-6.5',
          kernel: { path: '/vmlinuz-6.5' },
          initrds: [{ path: '/initramfs-6.5.img', missing: true }],
          options: 'root=UUID=ab ro',
          root: { name: 'UUID=ab', state: 'unknown' },
        },
      ],
    });
  });

  it('takes files of other partitions, and says what it does not find', async () => {
    const root = {
      '/boot/grub/grub.cfg': `menuentry a { linux (hd0,gpt2)/vmlinuz root=PARTUUID=00000000-0000-4000-8000-000000000003\ninitrd (hd0,2)/nothing (hd0,gpt1)/EFI/initrd (hd1,gpt1)/x\n }`,
    };
    const [first, second] = await look(disk({ boot: { '/vmlinuz': 'kernel' }, root }));
    expect(first).toEqual({ kernel: { path: '/vmlinuz', size: 6 } });
    expect(second!.kernel).toEqual({ path: '/vmlinuz', partition: 2, size: 6 });
    expect(second!.boot!.entries[0]).toEqual({
      title: 'a',
      id: 'a',
      kernel: { path: '/vmlinuz', partition: 2 },
      initrds: [
        { path: '/nothing', partition: 2, missing: true },
        { path: '(hd0,gpt1)/EFI/initrd', missing: true },
        { path: '(hd1,gpt1)/x', missing: true },
      ],
      options: 'root=PARTUUID=00000000-0000-4000-8000-000000000003',
      root: { name: 'PARTUUID=00000000-0000-4000-8000-000000000003', state: 'found', partition: 3 },
      problems: [
        '(hd0,gpt1)/EFI/initrd: not on a file system that is read here',
        '(hd1,gpt1)/x: not on a file system that is read here',
      ],
    });
  });

  it('is that of the boot code where there are several configurations', async () => {
    const root = {
      '/boot/extlinux/extlinux.conf':
        'default two\nlabel one\n kernel k\nlabel two\n linux ../k\n initrd a,/b\n append x\n',
      '/boot/extlinux/k': 'kernel',
      '/boot/grub/grub.cfg': 'menuentry a { true; }',
      '/loader/entries/x.conf': 'linux /k\n',
    };
    const [grub] = await look(disk({ root }));
    expect([grub!.boot!.path, grub!.boot!.others]).toEqual([
      '/boot/grub/grub.cfg',
      ['/boot/extlinux/extlinux.conf', '/loader/entries'],
    ]);
    const [syslinux] = await look(disk({ root }, 'syslinux-gpt'));
    expect(syslinux!.boot).toEqual({
      loader: 'syslinux',
      path: '/boot/extlinux/extlinux.conf',
      default: 1,
      entries: [
        { title: 'one', kernel: { path: '/boot/extlinux/k' }, initrds: [], options: '' },
        {
          title: 'two',
          kernel: { path: '/boot/extlinux/../k', missing: true },
          initrds: [
            { path: '/boot/extlinux/a', missing: true },
            { path: '/b', missing: true },
          ],
          options: 'x',
        },
      ],
      others: ['/boot/grub/grub.cfg', '/loader/entries'],
    });
    expect(syslinux!.kernel).toBeUndefined();
  });

  const ENTRIES = {
    '/loader/entries/a-1.conf': 'title A\nversion 1\nmachine-id 0f\nlinux /k\noptions root=/dev/vda3\n',
    '/loader/entries/b-2.conf': 'efi /EFI/x.efi\n',
  };
  it.each([
    ['default a-*', 1, undefined],
    ['timeout 3', 0, undefined],
    ['default b-?.conf', 0, undefined],
    ['default @saved', undefined, 'the default entry is not known: loader.conf asks for @saved'],
    [
      undefined,
      undefined,
      'the default entry is not known: loader.conf would be on partition 1, which is not read here',
    ],
  ])('has entries without GRUB, and loader.conf with %o', async (text, index, problem) => {
    const config = text === undefined ? {} : { '/loader/loader.conf': `# x\n${text}\n` };
    const [facts] = await look(disk({ boot: { ...ENTRIES, ...config } }, 'none'));
    expect(facts!.boot).toEqual({
      loader: 'bls',
      path: '/loader/entries',
      ...(index !== undefined && { default: index }),
      entries: [
        { title: 'b-2', id: 'b-2', initrds: [], options: '', other: 'efi /EFI/x.efi' },
        {
          title: 'A',
          id: 'a-1',
          version: '1',
          machineId: '0f',
          kernel: { path: '/k', missing: true },
          initrds: [],
          options: 'root=/dev/vda3',
          root: { name: '/dev/vda3', state: 'unknown' },
        },
      ],
      ...(problem !== undefined && { problems: [problem] }),
    });
  });

  it('assumes of archives that they have what is searched for, and says so', async () => {
    const tree = withFiles(new Tree(), {
      '/boot/grub/grub.cfg': `menuentry a { search --fs-uuid --set=root ${ROOT}; linux /boot/k root=UUID=${ROOT}; }`,
      '/boot/k': 'kernel',
    });
    const [facts] = await look({ all: [{ tree }] });
    expect(facts).toMatchObject({
      boot: { default: 0, problems: [expect.stringContaining('an archive has no UUID')] },
      kernel: { path: '/boot/k' },
      bootedRoot: { state: 'unknown' },
    });
  });

  it('does not read configurations that are too large', async () => {
    const [facts] = await look(disk({ root: { '/boot/grub/grub.cfg': '#'.repeat(1 + (1 << 20)) } }));
    expect(facts!.boot!.problems).toEqual(['it is too large to be a configuration']);
  });
});

describe('the root of a command line', () => {
  const all = disk({ boot: {}, root: {} });
  const unread = disk({ boot: {} });
  const whole: Volumes = { all: [{ tree: new Tree(), superblock: { uuid: ROOT, label: 'r' } }] };
  it.each([
    [`UUID=${ROOT.toUpperCase()}`, all, 'found', 3],
    ['LABEL=boot', all, 'found', 2],
    ['PARTUUID=00000000-0000-4000-8000-000000000001', all, 'found', 1],
    ['PARTLABEL=part3', unread, 'found', 3],
    [`/dev/disk/by-uuid/${BOOT}`, all, 'found', 2],
    ['UUID=other', unread, 'unknown', undefined],
    ['PARTUUID=other', unread, 'not found', undefined],
    ['/dev/vda3', all, 'unknown', undefined],
    [`UUID=${ROOT}`, whole, 'found', undefined],
    ['LABEL=other', whole, 'not found', undefined],
    ['PARTUUID=x', whole, 'unknown', undefined],
    ['UUID=x', { all: [{ tree: new Tree() }] }, 'unknown', undefined],
  ] as const)('%s', (name, volumes, state, number) => {
    expect(findRoot(name, volumes)).toEqual({
      name,
      state,
      ...(number !== undefined && { partition: number }),
    });
  });
});
