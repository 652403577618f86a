import { type BlockDevice, check, type FormatOptions, format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { attributes, bytes, epoch, MiB, pattern, uuid } from '../wasm/support.ts';

/** `user::rw-,user:1000:r--,group::r--,mask::r--,other::---` as the kernel takes it, version 2. */
export const ACL: Uint8Array = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff',
  'hex',
);

/** The kinds of file systems that damage is done to: with all checksums, with some, with none. */
export const KINDS: Readonly<Record<string, Partial<FormatOptions>>> = {
  ext4: {},
  'ext4 without checksums': { features: ['^metadata_csum'] },
  'ext3, indexed directories': { type: 'ext3' },
  ext2: { type: 'ext2' },
};

export const SMALL_SIZE: number = 6 * MiB;
const BLOCK = 1024;

/** Attributes of each sort of place: in the inode, in a block of their own. */
const XATTRS: readonly (readonly [string, Uint8Array])[] = [
  ['user.small', bytes('value')],
  ['user.large', pattern(700)],
  ['system.posix_acl_access', ACL],
];

/**
 * A file system of 6 MiB with blocks of 1 KiB that has at least one of every structure: an indexed directory, a
 * linear one, a file of forty extents, attributes in an inode and in a block, links of both sorts, devices.
 */
export async function smallFileSystem(options: Partial<FormatOptions>): Promise<Uint8Array> {
  const image = new Uint8Array(SMALL_SIZE);
  const device = memoryDevice(image);
  const journal = options.type === 'ext2' ? {} : { journalMiB: 1 };
  await format(device, { uuid, epoch, blockSize: BLOCK, inodes: 1024, ...journal, ...options });
  await fillSmall(device);
  const { clean, output } = await check(device, { optimizeDirectories: true });
  if (!clean) throw new Error(`the small file system is not clean:\n${output}`);
  return image;
}

async function fillSmall(device: BlockDevice): Promise<void> {
  const writer = await openWriter(device, { epoch });
  // An inode of 128 bytes, as those of ext2 and ext3 here, has no nanoseconds.
  const meta = attributes();
  const folder = { ...meta, mode: 0o755 };
  const file = (
    parent: number,
    name: string,
    size: number,
    data?: { position: number; length: number }[],
  ): number => {
    const { inode, extents } = writer.createFile(parent, bytes(name), meta, size, data && { data });
    const content = pattern(size, inode);
    for (const { position, offset, length } of extents) {
      const part = new Uint8Array(length);
      part.set(content.subarray(position, position + length));
      device.write(part, offset);
    }
    return inode;
  };
  const many = writer.mkdir(writer.root, bytes('many'), folder);
  for (let index = 0; index < 300; index += 1)
    file(many, `an-entry-with-a-long-name-${index}-${'x'.repeat(40)}`, index % 3);
  const linear = writer.mkdir(writer.root, bytes('linear'), folder);
  for (const name of ['one', 'two', 'three']) file(linear, name, 5000);
  const pieces = Array.from({ length: 40 }, (_, index) => ({ position: index * 8 * BLOCK, length: BLOCK }));
  file(writer.root, 'fragmented', 330_000, pieces);
  const plain = file(writer.root, 'plain', 40_000);
  writer.link(linear, bytes('hard'), plain);
  writer.setAttributes(plain, { ...meta, uid: 70_000, xattrs: XATTRS });
  writer.symlink(writer.root, bytes('fast'), folder, bytes('plain'));
  writer.symlink(writer.root, bytes('slow'), folder, bytes('s/'.repeat(300)));
  writer.mknod(writer.root, bytes('null'), meta, 'char', 1, 3);
  writer.mknod(writer.root, bytes('wide'), meta, 'block', 259, 70_000);
  writer.mknod(writer.root, bytes('fifo'), meta, 'fifo');
  let deep = linear;
  for (let level = 0; level < 12; level += 1) deep = writer.mkdir(deep, bytes(`level-${level}`), folder);
  writer.finish();
}
