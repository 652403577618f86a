import { check, format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { describe, expect, it } from 'vitest';
import { fill } from '../../src/ext4/fill.ts';
import { formatOptions } from '../../src/ext4/format-options.ts';
import { isNoSpace } from '../../src/ext4/no-space.ts';
import { smallestFileSystem } from '../../src/ext4/space.ts';
import { bytesContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { richTree } from '../support/rich-tree.ts';
import { filled, writeContents } from '../support/write-contents.ts';

const MEBIBYTE = 1 << 20;
const root = { uuid: '99999999-9999-9999-9999-999999999999', epoch: 1_700_000_000 };
const meta = metadata({ origin: 'test' });

/** The bytes of a file system that holds the tree. */
const image = async (tree: Tree, size: number): Promise<Uint8Array> => (await filled(tree, size, root)).bytes;

describe('fill', () => {
  it('gives a clean file system, the same each time', async () => {
    const first = await image(richTree(), 64 * MEBIBYTE);
    expect(await check(memoryDevice(first))).toMatchObject({ clean: true });
    expect(Buffer.compare(await image(richTree(), 64 * MEBIBYTE), first)).toBe(0);
  });

  it('puts contents where the extents are, zeros behind their ends', async () => {
    const tree = new Tree(meta);
    const marker = Buffer.from('a content that is easily found, at the start of a block');
    tree.set('/before', fileEntry(bytesContent(new Uint8Array(5000).fill(0xff)), meta));
    tree.set('/file', fileEntry(bytesContent(marker), meta));
    const bytes = Buffer.from(await image(tree, 8 * MEBIBYTE));
    const at = bytes.indexOf(marker);
    expect(at % 4096).toBe(0);
    expect(bytes.subarray(at + marker.length, at + 4096).every((byte) => byte === 0)).toBe(true);
  });

  it('says where every file with content lies, and up to where the disk is done', async () => {
    const tree = new Tree(meta);
    const entry = fileEntry(bytesContent(new Uint8Array(10_000).fill(7)), meta);
    tree.set('/boot/ldlinux.sys', entry);
    tree.set('/empty', fileEntry(bytesContent(new Uint8Array()), meta));
    tree.set('/large', fileEntry(bytesContent(new Uint8Array(9 * MEBIBYTE).fill(8)), meta));
    const device = memoryDevice(new Uint8Array(16 * MEBIBYTE));
    await format(device, formatOptions(root));
    const writer = await openWriter(device, { epoch: root.epoch });
    const places = await fill(writer, tree);
    const { extents } = places.get(entry)!;
    expect(places.size).toBe(2);
    expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(12_288);
    writer.finish();
    const marks: number[] = [];
    await writeContents(device, places, (upTo) => void marks.push(upTo));
    expect(marks).toEqual([...marks].sort((a, b) => a - b));
    expect(Math.max(...marks)).toBeGreaterThan(2 * MEBIBYTE);
  });

  it('adds to directories that exist, and leaves their metadata', async () => {
    const bytes = new Uint8Array(8 * MEBIBYTE);
    const device = memoryDevice(bytes);
    await format(device, formatOptions(root));
    const writer = await openWriter(device, { epoch: root.epoch });
    const first = new Tree(meta);
    first.set('/boot/a', fileEntry(bytesContent(Buffer.from('a')), meta));
    await fill(writer, first);
    const second = new Tree(meta);
    second.set('/boot/b', fileEntry(bytesContent(Buffer.from('b')), meta));
    await fill(writer, second, { merge: true });
    const boot = writer.lookup(writer.root, Buffer.from('boot'))!;
    expect(writer.lookup(boot, Buffer.from('a'))).toBeDefined();
    expect(writer.lookup(boot, Buffer.from('b'))).toBeDefined();
    writer.finish();
    expect(await check(memoryDevice(bytes))).toMatchObject({ clean: true });
  });

  it('tells how large a file system has to be', async () => {
    const tree = richTree();
    const tooSmall = 4 * MEBIBYTE;
    await expect(image(tree, tooSmall)).rejects.toSatisfy(isNoSpace);
    const { size } = await smallestFileSystem([tree], root, 0);
    expect(await check(memoryDevice(await image(tree, size)))).toMatchObject({ clean: true });
    await expect(image(tree, Math.floor(size * 0.98))).rejects.toSatisfy(isNoSpace);
  });
});

describe('fill, refused', () => {
  it.each([
    ['a link target of 5,000 bytes', '/link', symlinkEntry('x'.repeat(5000), meta)],
    ['a name of 256 bytes', `/${'n'.repeat(256)}`, fileEntry(bytesContent(new Uint8Array()), meta)],
    [
      'xattrs beyond a block',
      '/xattrs',
      fileEntry(bytesContent(new Uint8Array()), {
        ...meta,
        xattrs: new Map([['user.big', new Uint8Array(8000)]]),
      }),
    ],
  ])('%s, naming the path', async (_, path, entry) => {
    const tree = new Tree(meta);
    tree.set(path, entry);
    await expect(image(tree, 8 * MEBIBYTE)).rejects.toMatchObject({
      code: 'RB_EXT4_REFUSED',
      message: expect.stringContaining(path),
    });
  });
});
