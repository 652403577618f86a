import { type BlockDevice, check, memoryDevice, openReader, type Reader } from 'ext2fs-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { regionsOf } from '../support/damage-ext4.ts';
import { readEverything } from '../support/read-everything.ts';
import { ACL, KINDS, SMALL_SIZE, smallFileSystem } from '../support/small-ext4.ts';
import { attributes, bytes, epoch, formatted, MiB, pattern, uuid } from './support.ts';

const text = (name: Uint8Array): string => Buffer.from(name).toString();
const view = (image: Uint8Array): DataView => new DataView(image.buffer);

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe.each(Object.keys(KINDS))('reader of %s', (kind) => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await openReader(memoryDevice(await smallFileSystem(KINDS[kind]!)));
  });
  const at = (path: string): number => reader.lookup(path, { follow: false });

  it('tells what the superblock says', () => {
    const { superblock } = reader;
    expect(superblock).toMatchObject({
      type: kind.slice(0, 4),
      uuid,
      label: '',
      blockSize: 1024,
      blocks: SMALL_SIZE / 1024,
    });
    expect(superblock).toMatchObject({
      inodes: 1024,
      clean: true,
      needsRecovery: false,
      mkfsTime: epoch,
      lastWriteTime: epoch,
    });
    expect(superblock.features.includes('has_journal')).toBe(kind !== 'ext2');
    expect(superblock.features.includes('metadata_csum')).toBe(kind === 'ext4');
    expect(superblock.hashSeed).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(superblock.freeBlocks).toBeGreaterThan(superblock.reservedBlocks);
    expect(superblock.freeInodes).toBeLessThan(1024 - 310);
  });

  it('tells what inodes say', () => {
    expect(reader.stat(at('/plain'))).toMatchObject({
      type: 'file',
      size: 40_000,
      links: 2,
      uid: 70_000,
      gid: 0,
      mode: 0o644,
      mtime: attributes().mtime,
    });
    expect(reader.stat(at('/linear'))).toMatchObject({ type: 'directory', mode: 0o755, links: 3 });
    expect(reader.stat(at('/null'))).toMatchObject({ type: 'char', major: 1, minor: 3 });
    expect(reader.stat(at('/wide'))).toMatchObject({ type: 'block', major: 259, minor: 70_000 });
    expect(reader.stat(at('/fifo')).type).toBe('fifo');
    expect(reader.stat(at('/fifo'))).not.toHaveProperty('major');
    expect(reader.stat(at('/plain')).crtime).toBe(
      reader.superblock.inodeSize > 128 ? BigInt(epoch) * 1_000_000_000n : undefined,
    );
  });

  it('lists directories, indexed ones too, with types and without dots', () => {
    expect(reader.list(at('/linear')).map(({ name, type }) => `${text(name)} ${type}`)).toEqual(
      expect.arrayContaining(['one file', 'hard file', 'level-0 directory']),
    );
    const many = reader.list(at('/many'));
    expect(reader.stat(at('/many')).flags & 0x1000).toBe(0x1000); // EXT2_INDEX_FL
    expect(new Set(many.map(({ name }) => text(name))).size).toBe(300);
    expect(many.every(({ name, inode }) => reader.lookup(`/many/${text(name)}`) === inode)).toBe(true);
    expect(() => reader.list(at('/plain'))).toThrow(
      expect.objectContaining({ code: 'EXT2_ET_NO_DIRECTORY', errno: 20 }),
    );
  });

  it('reads links of both sorts, and nothing else as a link', () => {
    expect(text(reader.readlink(at('/fast')))).toBe('plain');
    expect(text(reader.readlink(at('/slow')))).toBe('s/'.repeat(300));
    expect(() => reader.readlink(at('/plain'))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('gives attributes as getxattr(2) does', () => {
    expect([...reader.xattrs(at('/plain'))].sort()).toEqual([
      ['system.posix_acl_access', new Uint8Array(ACL)],
      ['user.large', pattern(700)],
      ['user.small', bytes('value')],
    ]);
    expect(reader.xattrs(at('/linear')).size).toBe(0);
  });

  it('maps files to their extents and reads over holes', () => {
    const inode = at('/fragmented');
    const extents = reader.extents(inode);
    expect(extents.map(({ position, length }) => [position, length])).toEqual(
      Array.from({ length: 40 }, (_, index) => [index * 8192, 1024]),
    );
    expect(extents.every(({ offset, unwritten }) => offset % 1024 === 0 && !unwritten)).toBe(true);
    const whole = new Uint8Array(400_000).fill(0xee);
    expect(reader.read(inode, whole, 0)).toBe(330_000);
    const content = pattern(330_000, inode);
    const expected = new Uint8Array(330_000);
    for (const { position, length } of extents)
      expected.set(content.subarray(position, position + length), position);
    expect(Buffer.compare(whole.subarray(0, 330_000), expected)).toBe(0);
    for (const position of [0, 1, 1000, 1023, 1024, 8191, 8192, 12_345, 319_999, 329_999]) {
      const piece = new Uint8Array(10_000);
      const count = reader.read(inode, piece, position);
      expect(Buffer.compare(piece.subarray(0, count), expected.subarray(position, position + 10_000))).toBe(
        0,
      );
    }
    expect(reader.read(inode, new Uint8Array(1), 330_000)).toBe(0);
    expect(() => reader.read(at('/linear'), new Uint8Array(1), 0)).toThrow(
      expect.objectContaining({ code: 'EISDIR', errno: 21 }),
    );
  });

  it('walks depth first, by the bytes of names', () => {
    const paths = [...reader.walk()].map(({ path }) => text(path));
    expect(paths.slice(0, 4)).toEqual(['/', '/fast', '/fifo', '/fragmented']);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toHaveLength(1 + 300 + 4 + 12 + 10);
    expect([...reader.walk('linear/')].map(({ path }) => text(path)).slice(0, 3)).toEqual([
      '/linear',
      '/linear/hard',
      '/linear/level-0',
    ]);
    const [file, ...rest] = reader.walk('/fast');
    expect(rest).toEqual([]);
    expect(file).toMatchObject({ path: bytes('/fast'), stat: { type: 'file', size: 40_000 } });
  });
});

describe('reader: paths', () => {
  it('follows links as Linux does, and no further than the root', async () => {
    const { device, writer } = await formatted(8 * MiB, { blockSize: 4096 });
    const folder = attributes({ mode: 0o755 });
    const a = writer.mkdir(writer.root, bytes('a'), folder);
    const b = writer.mkdir(a, bytes('b'), folder);
    const { inode: file } = writer.createFile(b, bytes('file'), attributes(), 0);
    const link = (parent: number, name: string, target: string): number =>
      writer.symlink(parent, bytes(name), folder, bytes(target));
    link(writer.root, 'absolute', '/a/b/file');
    link(b, 'relative', '../b/./file');
    link(writer.root, 'folder', 'a/b/');
    link(b, 'above', '../../../../../a/b/file');
    const loop = link(writer.root, 'loop', 'loop');
    const chain = (count: number): void => {
      for (let index = 0; index < count; index += 1)
        link(a, `chain-${index}`, index === 0 ? 'b' : `chain-${index - 1}`);
    };
    chain(41);
    const strange = writer.createFile(a, Uint8Array.of(0xff, 0x80), attributes(), 0).inode;
    writer.finish();
    const reader = await openReader(device);
    for (const path of [
      '/a/b/file',
      'a//b/./file',
      '/absolute',
      '/a/b/relative',
      '/folder/file',
      '/folder/relative',
      '/a/b/above',
      '/../a/b/file',
      '/a/chain-39/file',
    ])
      expect(reader.lookup(path), path).toBe(file);
    expect(reader.lookup('/')).toBe(reader.root);
    expect(reader.lookup('/a/b/')).toBe(b);
    expect(reader.lookup('/folder/', { follow: false })).toBe(b);
    expect(reader.lookup('/loop', { follow: false })).toBe(loop);
    expect(reader.lookup(Uint8Array.of(0x61, 0x2f, 0xff, 0x80))).toBe(strange);
    const failing = (path: string): string => {
      try {
        return String(reader.lookup(path));
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(
      [
        '/loop',
        '/a/chain-40',
        '/none',
        '/a/none/file',
        '/absolute/',
        '/a/b/file/x',
        `/${'n'.repeat(300)}`,
      ].map(failing),
    ).toEqual(['ELOOP', 'ELOOP', 'ENOENT', 'ENOENT', 'ENOTDIR', 'ENOTDIR', 'ENOENT']);
  });
});

describe('reader: streams', () => {
  const size = 3 * MiB + 17;
  const content = pattern(size);
  let reader: Reader;
  let inode: number;
  let reads = 0;
  beforeAll(async () => {
    const { device, writer } = await formatted(16 * MiB, { blockSize: 4096 });
    const file = writer.createFile(writer.root, bytes('file'), attributes(), size);
    for (const { position, offset, length } of file.extents)
      device.write(content.subarray(position, position + length), offset);
    writer.finish();
    const counted: BlockDevice = {
      ...device,
      read: (target, offset) => {
        reads += 1;
        device.read(target, offset);
      },
    };
    reader = await openReader(counted);
    inode = file.inode;
  });

  it('come in chunks of 1 MiB', async () => {
    const chunks = await collect(reader.stream(inode));
    expect(chunks.map(({ length }) => length)).toEqual([MiB, MiB, MiB, 17]);
    expect(Buffer.compare(Buffer.concat(chunks), content)).toBe(0);
  });

  it('come in part', async () => {
    for (const [position, length] of [
      [5, 10],
      [MiB - 1, MiB + 2],
      [size - 3, 100],
      [size, 1],
      [10, 0],
    ] as const) {
      const part = Buffer.concat(await collect(reader.stream(inode, { position, length })));
      expect(Buffer.compare(part, content.subarray(position, position + length))).toBe(0);
    }
    expect(() => reader.stream(inode, { position: -1 })).toThrow(RangeError);
  });

  it('read only what is asked for, and end when cancelled', async () => {
    reader.stat(inode);
    reads = 0;
    const stream = reader.stream(inode).getReader();
    expect((await stream.read()).value).toHaveLength(MiB);
    expect(reads).toBe(1);
    await stream.cancel();
    expect((await stream.read()).done).toBe(true);
    expect(reads).toBe(1);
  });
});

describe('reader: what is wrong', () => {
  const unchecked = KINDS['ext4 without checksums']!;

  it('refuses what is no file system, in plain words', async () => {
    const swap = new Uint8Array(MiB);
    swap.set(bytes('SWAPSPACE2'), 4086);
    for (const [image, code] of [
      [new Uint8Array(0), 'EXT2_ET_SHORT_READ'],
      [new Uint8Array(1500), 'EXT2_ET_SHORT_READ'],
      [new Uint8Array(MiB), 'EXT2_ET_BAD_MAGIC'],
      [pattern(MiB), 'EXT2_ET_BAD_MAGIC'],
      [swap, 'EXT2_ET_BAD_MAGIC'],
    ] as const) {
      await expect(openReader(memoryDevice(image))).rejects.toMatchObject({
        name: 'Ext2fsError',
        code,
        message: expect.stringContaining('no ext2, ext3 or ext4 file system'),
      });
      const { clean, exitCode, output } = await check(memoryDevice(image.slice()), { repair: true });
      expect([clean, exitCode]).toEqual([false, 8]);
      expect(output).toMatch(/does not describe a valid ext2\/ext3\/ext4|zero-length partition/);
    }
  });

  it('refuses a superblock that asks for more than there is', async () => {
    const image = await smallFileSystem(unchecked);
    // Blocks and inodes of 16 TiB, consistent with each other.
    view(image).setUint32(1024 + 4, 0xffff_ffff, true);
    view(image).setUint32(1024, Math.ceil((0xffff_ffff - 1) / 8192) * 1024, true);
    await expect(openReader(memoryDevice(image))).rejects.toMatchObject({
      code: 'EXT2_ET_CORRUPT_SUPERBLOCK',
      errno: 117,
    });
  });

  it('reads what a truncated image still has', async () => {
    const image = await smallFileSystem(KINDS['ext4']!);
    for (const size of [SMALL_SIZE - 1024, 3 * MiB, MiB, 300_000, 100_000, 20_000, 5000, 3000, 2048]) {
      const { errors } = await readEverything(memoryDevice(image.slice(0, size)));
      if (size <= MiB) expect(errors.length, String(size)).toBeGreaterThan(0);
    }
  });

  it('notes a journal that waits to be replayed', async () => {
    const image = await smallFileSystem(unchecked);
    view(image).setUint32(1024 + 96, view(image).getUint32(1024 + 96, true) | 4, true); // needs_recovery
    const reader = await openReader(memoryDevice(image));
    expect(reader.superblock.needsRecovery).toBe(true);
    expect(reader.stat(reader.lookup('/plain')).size).toBe(40_000);
  });

  it('reports checksums that are wrong', async () => {
    const image = await smallFileSystem(KINDS['ext4']!);
    const regions = await regionsOf(image);
    const codes = new Set<string>();
    for (const name of [
      'superblock',
      'inode of the root directory',
      'linear directory',
      'extent block',
      'attribute block',
    ]) {
      const { offset } = regions.find((region) => region.name === name)!;
      const broken = image.slice();
      broken[offset + 24]! ^= 1;
      for (const { code } of (await readEverything(memoryDevice(broken))).errors) codes.add(code);
    }
    expect([...codes]).toEqual(
      expect.arrayContaining([
        'EXT2_ET_SB_CSUM_INVALID',
        'EXT2_ET_INODE_CSUM_INVALID',
        'EXT2_ET_DIR_CSUM_INVALID',
        'EXT2_ET_EXTENT_CSUM_INVALID',
        'EXT2_ET_EXT_ATTR_CSUM_INVALID',
      ]),
    );
  });

  it('does not follow directories in circles', async () => {
    const image = await smallFileSystem(unchecked);
    const { offset } = (await regionsOf(image)).find(({ name }) => name === 'linear directory')!;
    const entry = Buffer.from(image.buffer).indexOf('level-0', offset) - 8;
    view(image).setUint32(entry, 2, true);
    const reader = await openReader(memoryDevice(image));
    expect(() => [...reader.walk()]).toThrow(expect.objectContaining({ code: 'EXT2_ET_DIR_CORRUPTED' }));
    const errors: string[] = [];
    const items = [...reader.walk('/', { onError: (_, path) => errors.push(text(path)) })];
    expect(errors).toEqual(['/linear/level-0']);
    expect(items.map(({ path }) => text(path))).toContain('/wide');
  });

  it('gives out no name that leads elsewhere', async () => {
    const image = await smallFileSystem(unchecked);
    const { offset } = (await regionsOf(image)).find(({ name }) => name === 'linear directory')!;
    const name = Buffer.from(image.buffer).indexOf('three', offset);
    for (const replacement of ['th/ee', 'th\0ee']) {
      image.set(bytes(replacement), name);
      const reader = await openReader(memoryDevice(image));
      expect(() => reader.list(reader.lookup('/linear'))).toThrow(
        expect.objectContaining({ code: 'EXT2_ET_DIR_CORRUPTED' }),
      );
    }
  });

  it.each(['ext2', 'ext4 without checksums'])(
    'ends where the blocks of a file are knotted: %s',
    async (kind) => {
      const image = await smallFileSystem(KINDS[kind]!);
      const regions = await regionsOf(image);
      const block = regions.find(({ name }) => name === 'extent block' || name === 'indirect block')!;
      const number = block.offset / 1024;
      if (kind === 'ext2') {
        // Every entry of a doubly indirect block is the block itself.
        const inode = Buffer.from(image.buffer).indexOf(
          Buffer.from(Uint32Array.of(number).buffer),
          regions.find(({ name }) => name === 'first inodes')!.offset,
        );
        view(image).setUint32(inode + 4, number, true);
        for (let at = 0; at < 1024; at += 4) view(image).setUint32(block.offset + at, number, true);
      } else {
        // All extents of the leaf begin at the same block of the file.
        for (let at = 12; at < 12 + 12 * 40; at += 12) {
          view(image).setUint32(block.offset + at, 7, true);
        }
      }
      const reader = await openReader(memoryDevice(image));
      expect(() => reader.extents(reader.lookup('/fragmented'))).toThrow(
        expect.objectContaining({ name: 'Ext2fsError', errno: 117 }),
      );
      // e2fsck would take its time over each of the 65,536 claims on one block of the ext2.
      if (kind !== 'ext2')
        expect(await check(memoryDevice(image), { repair: true })).toMatchObject({ exitCode: 1 });
    },
  );

  it('passes on what the device throws, and is closed then', async () => {
    const image = await smallFileSystem(KINDS['ext4']!);
    const device = memoryDevice(image);
    let broken = false;
    const reader = await openReader({
      ...device,
      read(target, offset) {
        if (broken) throw new Error('pulled out');
        device.read(target, offset);
      },
    });
    broken = true;
    expect(() => [...reader.walk()]).toThrow('pulled out');
    expect(() => reader.stat(2)).toThrow(expect.objectContaining({ code: 'EXT2FS_CLOSED' }));
  });

  it('knows no inode that there is not, and nothing once closed', async () => {
    const reader = await openReader(memoryDevice(await smallFileSystem(KINDS['ext4']!)));
    for (const inode of [0, 1025, 2 ** 32 - 1])
      expect(() => reader.stat(inode)).toThrow(expect.objectContaining({ code: 'EXT2_ET_BAD_INODE_NUM' }));
    expect(() => reader.stat(1000)).toThrow(expect.objectContaining({ code: 'EXT2_ET_INODE_CORRUPTED' }));
    reader.close();
    expect(() => reader.stat(2)).toThrow(expect.objectContaining({ code: 'EXT2FS_CLOSED' }));
  });
});
