/** What looking into an image shows, against the kernel's mount, sfdisk, ls and GNU's archivers. */
import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bake } from '../../src/bake/bake.ts';
import { diffTrees } from '../../src/inspect/diff.ts';
import type { OpenedImage } from '../../src/inspect/image.ts';
import { formatListing } from '../../src/inspect/listing.ts';
import { openImage } from '../../src/inspect/open.ts';
import { inspectImage } from '../../src/inspect/report.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { cookedRoot, installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { whileMounted, withMounted } from '../support/mount.ts';
import { newc } from '../support/newc.ts';
import { judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';

const MEBIBYTE = 1 << 20;
const BUSYBOX = '/bin/busybox';
const { host } = testHost();

let folder: string;
/** A root with one of many things, as root makes it. */
let root: string;

async function look<T>(path: string, work: (image: OpenedImage) => Promise<T> | T): Promise<T> {
  const image = await openImage(path, {}, host);
  try {
    return await work(image);
  } finally {
    image.close();
  }
}

const shell = (script: string): string =>
  execFileSync('/bin/sh', ['-euc', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });

/** Compares the tree of a partition with what the kernel mounts at its place. */
async function expectAsMounted(path: string, number?: number): Promise<void> {
  await look(path, async (image) => {
    const partition = image.partitionTable?.partitions.find((item) => item.number === number);
    const offset = partition?.offset ?? 0;
    const tree = await image.tree(number);
    const mounted = await withMounted(path, describeFolder, offset);
    expect(differences(describeTree(tree), mounted)).toEqual([]);
  });
}

/** Compares a partition table with sfdisk's. */
async function expectAsSfdisk(path: string): Promise<void> {
  const { partitiontable } = JSON.parse(judge('sfdisk', ['--json', path]));
  await look(path, ({ partitionTable }) => {
    const told = partitionTable!.partitions.map(({ offset, size, type, uuid, name, bootable, number }) => ({
      node: `${path}${number}`,
      start: offset / 512,
      size: size / 512,
      type,
      ...(partitionTable!.type === 'gpt' && { uuid }),
      ...(name !== undefined && { name }),
      ...(bootable && partitionTable!.type === 'dos' && { bootable }),
    }));
    expect([partitionTable!.type, partitionTable!.id, told]).toEqual([
      partitiontable.label,
      partitiontable.id,
      partitiontable.partitions.map(({ attrs: _, ...item }: { attrs?: string }) => item),
    ]);
  });
}

oracle({
  tools: [
    ...DEBIAN_KERNEL_TOOLS,
    ...['extlinux', 'mount', 'getfattr', 'setfattr', 'sfdisk', 'mke2fs', 'genimage', 'tar', 'cpio'],
  ],
  files: [MBR_CODE, BUSYBOX],
  root: true,
})('looking into images', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-inspect-oracle-'));
    root = join(folder, 'root');
    mkdirSync(root);
    shell(`
      cd root
      mkdir -p etc usr/bin dev 'a b' deep/er/est private
      echo content > etc/motd; ln etc/motd usr/bin/hard; ln -s ../etc/motd usr/bin/soft
      : > empty; printf 'x' > 'a b/new\nline'; printf 'y' > 'größe'
      head -c 3000000 /dev/urandom > large; truncate -s 2M holes; printf end >> holes
      mknod dev/null c 1 3; mknod dev/sda b 8 0; mkfifo pipe
      chmod 4755 usr/bin/hard; chmod 2750 private; chmod 1777 deep; chown 1000:70000 private empty
      setfattr -n user.note -v hello large; setfattr -n trusted.mark -v x etc
      touch -h -d @1600000000 usr/bin/soft; find . -exec touch -h -d @1600000000 {} +
    `);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('agrees with the kernel and sfdisk on our image, and tells what is in it', async () => {
    const path = join(folder, 'ours.img');
    const tree: Tree = richTree();
    const program = readHostFile(nodeFs, BUSYBOX);
    tree.set('/bin/busybox', fileEntry(program, metadata({ mode: 0o755, origin: 'busybox-static' })));
    await bake(installedBakeOptions(96 * MEBIBYTE), cookedRoot(tree), { path }, host);
    await expectAsMounted(path, 1);
    await expectAsSfdisk(path);
    const report = await look(path, (image) => inspectImage(image, host));
    expect(report.partitionTable?.bootCode.name).toBe('syslinux');
    const { root: facts, ...fileSystem } = report.fileSystems[0]!;
    const blkid = judge('blkid', ['-p', '-O', `${2048 * 512}`, '-o', 'export', path]);
    expect(blkid).toContain(`UUID=${fileSystem.uuid}\n`);
    expect(blkid).toContain(`TYPE=${fileSystem.type}\n`);
    expect(facts.kernel).toMatchObject({ path: '/boot/vmlinuz', release: debianKernel().release });
    expect(facts.boot).toMatchObject({
      loader: 'syslinux',
      path: '/boot/syslinux.cfg',
      default: 0,
      entries: [{ options: expect.stringContaining('ttyS0'), kernel: { path: '/boot/vmlinuz' } }],
    });
    expect(facts.initrds?.[0]?.modules).toContain('virtio_blk');
    expect(facts.bootedRoot).toEqual({ name: `UUID=${fileSystem.uuid}`, state: 'found', partition: 1 });
  });

  it.each(['ext2', 'ext3', 'ext4'])('agrees with the kernel on mke2fs -t %s -d', async (type) => {
    const path = join(folder, `${type}.img`);
    shell(`mke2fs -q -t ${type} -d root ${path} 24M`);
    await expectAsMounted(path);
    await look(path, async (image) => {
      expect([image.kind, image.fileSystems[0]?.superblock.type]).toEqual(['filesystem', type]);
    });
  });

  it.each(['mbr', 'gpt'])('agrees with the kernel and sfdisk on genimage with %s', async (table) => {
    const path = join(folder, `genimage-${table}.img`);
    const config = `
      image root.ext4 { ext4 { use-mke2fs = true } size = 24M }
      image genimage-${table}.img {
        hdimage { partition-table-type = "${table}" }
        partition one { image = "root.ext4" partition-type = 0x83 }
        partition two { size = 4M partition-type = 0xc }
      }`;
    const types = table === 'gpt' ? config.replaceAll(/partition-type = 0x\w+/g, '') : config;
    writeFileSync(join(folder, 'genimage.cfg'), types);
    shell(
      `rm -rf gtmp; genimage --config genimage.cfg --rootpath root --tmppath gtmp --inputpath . --outputpath .`,
    );
    await expectAsSfdisk(path);
    await expectAsMounted(path, 1);
  });

  it('agrees with the kernel and sfdisk on what a privileged script makes, logical partitions included', async () => {
    const path = join(folder, 'script.img');
    writeFileSync(path, '');
    truncateSync(path, 96 * MEBIBYTE);
    shell(`printf 'label: dos\n,8M,ef,*\n,,5\n,16M,82\n,32M,83\n,32M,83\n' | sfdisk -q script.img`);
    await expectAsSfdisk(path);
    const offsets = await look(path, ({ partitionTable }) =>
      partitionTable!.partitions.filter(({ type }) => type === '83').map(({ offset }) => offset),
    );
    expect(offsets).toHaveLength(2);
    shell(
      `mke2fs -q -t ext3 -E offset=${offsets[0]} script.img 30M; mke2fs -q -t ext4 -E offset=${offsets[1]} script.img 30M`,
    );
    whileMounted(path, [`offset=${offsets[1]}`, `sizelimit=${30 * MEBIBYTE}`], (mounted) =>
      shell(`cp -a root/. ${mounted}/`),
    );
    await expectAsMounted(path, 6);
    await expectAsMounted(path, 7);
    const { unreadBoot } = await look(path, (image) => inspectImage(image, host));
    expect(unreadBoot).toEqual([1]);
    await look(path, async (image) => {
      await expect(image.tree()).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
      await look(root, async (other) => {
        const found = await diffTrees(await image.tree(7), await other.tree(), { ignore: ['xattrs'] }, host);
        expect(found.map(({ path: place, change }) => `${change} ${place}`)).toEqual(['removed /lost+found']);
      });
    });
  });

  it.each([
    ['tar', 'tar --format=posix --xattrs --xattrs-include=* -cf'],
    ['tar.gz', 'tar --format=posix --xattrs --xattrs-include=* -czf'],
    ['tar.xz', 'tar --format=posix --xattrs --xattrs-include=* -cJf'],
  ])('agrees with the folder that GNU tar has packed as %s', async (suffix, command) => {
    const path = join(folder, `root.${suffix}`);
    shell(`${command} ${path} -C root .`);
    await look(path, async (image) => {
      expect(image.kind).toBe('tar');
      expect(differences(describeTree(await image.tree()), describeFolder(root))).toEqual([]);
    });
  });

  it.each(['newc', 'crc'])('agrees with the folder that GNU cpio has packed as %s', async (format) => {
    const path = join(folder, `root.${format}.cpio.gz`);
    shell(`cd root; find . -print0 | sort -z | cpio -0 -o --quiet -H ${format} | gzip > ${path}`);
    await look(path, async (image) => {
      expect([image.kind, image.compression]).toEqual(['cpio', 'gzip']);
      expect(differences(newc(describeTree(await image.tree())), newc(describeFolder(root)))).toEqual([]);
    });
  });

  it('lists as ls -lnAR does', async () => {
    const path = join(folder, 'listing.tar');
    shell(`tar --format=posix -cf ${path} -C root .`);
    const wanted = shell(`cd root; ls -lnAR --time-style=long-iso --quoting-style=escape .`);
    const listed = await look(path, async (image) => {
      const tree = await image.tree();
      const start = { path: '/', name: '', entry: tree.root };
      return await formatListing(tree, start, { long: true, recursive: true }, () => undefined);
    });
    expect(normalized(listed)).toEqual(normalized(wanted));
  });
});

/** Without what a tree does not know (sizes of directories, blocks), and the widths that these bring about. */
function normalized(listing: string): string[] {
  return listing
    .split('\n')
    .filter((line) => !line.startsWith('total '))
    .map((line) =>
      line
        .replaceAll('\\ ', ' ')
        .replace(/^\.?\/?(.*):$/, '/$1:')
        .replaceAll(/ +/g, ' '),
    )
    .map((line) => line.replace(/^(d\S+ \d+ \d+ \d+) \d+/, '$1 0'));
}
