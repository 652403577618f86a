import { check, Ext2fsError, fileDevice, format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { createFsFromVolume, Volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import {
  addFile,
  addSampleTree,
  attributes,
  bytes,
  epoch,
  formatted,
  MiB,
  pattern,
  uuid,
} from './support.ts';

describe('openWriter', () => {
  it.each(['ext2', 'ext3', 'ext4'] as const)('fills %s with every type of entry', async (type) => {
    const { device, writer } = await formatted(32 * MiB, { type });
    addSampleTree(device, writer);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
  });

  it('finds names, those that were there before and those that it made', async () => {
    const { device, writer } = await formatted(8 * MiB);
    const lostFound = writer.lookup(writer.root, bytes('lost+found'));
    expect(lostFound).toBe(11);
    const made = writer.mkdir(writer.root, bytes('made'), attributes({ mode: 0o700 }));
    expect(writer.lookup(writer.root, bytes('made'))).toBe(made);
    expect(writer.lookup(made, bytes('x'))).toBeUndefined();
    writer.setAttributes(lostFound!, attributes({ mode: 0o711, uid: 7 }));
    writer.finish();
    const again = await openWriter(device, { epoch });
    expect(again.lookup(again.root, bytes('made'))).toBe(made);
  });

  it('adds to a file system that has been indexed', async () => {
    const { device, writer } = await formatted(64 * MiB, { blockSize: 1024 });
    const directory = writer.mkdir(writer.root, bytes('many'), attributes({ mode: 0o755 }));
    for (let index = 0; index < 3000; index++)
      addFile(device, writer, directory, `a${index}`, new Uint8Array(0));
    writer.finish();
    expect(await check(device, { optimizeDirectories: true })).toMatchObject({ clean: true });
    const again = await openWriter(device, { epoch });
    for (let index = 0; index < 500; index++)
      addFile(device, again, directory, `b${index}`, new Uint8Array(0));
    again.mkdir(directory, bytes('sub'), attributes({ mode: 0o755 }));
    again.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
    const third = await openWriter(device, { epoch });
    expect(third.lookup(directory, bytes('a2999'))).toBeGreaterThan(0);
    expect(third.lookup(directory, bytes('b499'))).toBeGreaterThan(0);
  });

  it('gives a file its blocks in one run, in the order of creation', async () => {
    const { device, writer } = await formatted(64 * MiB, { blockSize: 4096 });
    const first = writer.createFile(writer.root, bytes('a'), attributes(), 10 * MiB);
    const second = writer.createFile(writer.root, bytes('b'), attributes(), 5000);
    expect(first.extents).toHaveLength(1);
    expect(first.extents[0]!.length).toBe(10 * MiB);
    expect(second.extents).toEqual([
      { position: 0, offset: first.extents[0]!.offset + 10 * MiB, length: 8192 },
    ]);
    expect(writer.createFile(writer.root, bytes('empty'), attributes(), 0).extents).toEqual([]);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it.each(['ext2', 'ext4'] as const)('fills the holes of a fragmented %s', async (type) => {
    const { device, writer } = await formatted(16 * MiB, { type, blockSize: 1024, inodes: 4096 });
    // A file that is given back at once leaves a hole: the next one lies behind it.
    const tooMuch = attributes({ xattrs: [['user.large', new Uint8Array(5000)]] });
    for (let index = 0; index < 1500; index++) {
      writer.createFile(writer.root, bytes(`f${index}`), attributes(), 1);
      expect(() => writer.createFile(writer.root, bytes('x'), tooMuch, 1)).toThrow(Ext2fsError);
    }
    const content = pattern((writer.free.blocks - 100) * 1024 - 10);
    const big = writer.createFile(writer.root, bytes('big'), attributes(), content.length);
    expect(big.extents.length).toBeGreaterThan(1000);
    expect(big.extents.reduce((sum, extent) => sum + extent.length, 0)).toBe(content.length + 10);
    expect(writer.free.blocks).toBeLessThan(100);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it.each([1024, 2048, 4096] as const)(
    'leaves the content beside its metadata alone (blocks of %i)',
    async (blockSize) => {
      const { device, writer } = await formatted(32 * MiB, { type: 'ext2', blockSize });
      const files: { offset: number; content: Uint8Array }[] = [];
      for (let index = 0; index < 200; index++) {
        const content = pattern(blockSize, index);
        const directory = writer.mkdir(writer.root, bytes(`d${index}`), attributes({ mode: 0o755 }));
        const { extents } = writer.createFile(directory, bytes('f'), attributes(), content.length);
        device.write(content, extents[0]!.offset);
        files.push({ offset: extents[0]!.offset, content });
      }
      writer.finish();
      await check(device, { optimizeDirectories: true });
      for (const { offset, content } of files) {
        const found = new Uint8Array(content.length);
        device.read(found, offset);
        expect(Buffer.compare(found, content)).toBe(0);
      }
    },
  );

  it('is deterministic, in memory and in a file', async () => {
    const images: Uint8Array[] = [];
    for (let run = 0; run < 2; run++) {
      const { device, image, writer } = await formatted(32 * MiB);
      addSampleTree(device, writer);
      writer.finish();
      await check(device, { optimizeDirectories: true });
      images.push(image);
    }
    const fs = createFsFromVolume(new Volume());
    const fd = fs.openSync('/image', 'w+');
    const device = fileDevice(fs, fd, {
      offset: MiB,
      size: 32 * MiB,
      fresh: true,
    });
    await format(device, { uuid, epoch });
    const writer = await openWriter(device, { epoch });
    addSampleTree(device, writer);
    writer.finish();
    await check(device, { optimizeDirectories: true });
    const inFile = new Uint8Array(32 * MiB);
    device.read(inFile, 0);
    expect(Buffer.compare(images[0]!, images[1]!)).toBe(0);
    expect(Buffer.compare(images[0]!, inFile)).toBe(0);
  });

  it('does not depend on the order of extended attributes', async () => {
    const xattrs = [
      ['user.b', bytes('2')],
      ['security.capability', pattern(20)],
      ['user.a', bytes('1')],
    ] as const;
    const images = await Promise.all(
      [xattrs, xattrs.toReversed()].map(async (list) => {
        const { image, writer } = await formatted(4 * MiB);
        writer.createFile(writer.root, bytes('f'), attributes({ xattrs: list }), 0);
        writer.finish();
        return image;
      }),
    );
    expect(Buffer.compare(images[0]!, images[1]!)).toBe(0);
  });
});

describe('a request that cannot be met', () => {
  const code = (name: string): object => expect.objectContaining({ code: name });

  it('is refused, and the file system stays clean', async () => {
    const { device, writer } = await formatted(8 * MiB);
    const { root } = writer;
    const file = writer.createFile(root, bytes('file'), attributes(), 10).inode;
    const directory = writer.mkdir(root, bytes('directory'), attributes({ mode: 0o755 }));
    expect(() => writer.mkdir(root, bytes('file'), attributes())).toThrow(code('EEXIST'));
    expect(() => writer.mkdir(root, bytes('file'), attributes())).toThrow('create "file" in directory 2');
    expect(() => writer.mkdir(root, bytes('lost+found'), attributes())).toThrow(code('EEXIST'));
    for (const name of ['', '.', '..', 'a/b', 'a\0b']) {
      expect(() => writer.mkdir(root, bytes(name), attributes())).toThrow(code('EINVAL'));
    }
    expect(() => writer.mkdir(root, bytes('x'.repeat(256)), attributes())).toThrow(code('ENAMETOOLONG'));
    expect(() => writer.mkdir(file, bytes('x'), attributes())).toThrow(code('EXT2_ET_NO_DIRECTORY'));
    expect(() => writer.mkdir(0, bytes('x'), attributes())).toThrow(code('EXT2_ET_BAD_INODE_NUM'));
    expect(() => writer.link(root, bytes('x'), directory)).toThrow(code('EPERM'));
    expect(() => writer.link(root, bytes('x'), 1000)).toThrow(code('ENOENT'));
    expect(() => writer.symlink(root, bytes('x'), attributes(), bytes(''))).toThrow(code('EINVAL'));
    expect(() => writer.symlink(root, bytes('x'), attributes(), bytes('y'.repeat(1024)))).toThrow(
      code('ENAMETOOLONG'),
    );
    expect(() => writer.mknod(root, bytes('x'), attributes(), 'char', 4096, 0)).toThrow(RangeError);
    expect(() => writer.createFile(root, bytes('x'), attributes({ mode: 0o100644 }), 0)).toThrow(RangeError);
    expect(() => writer.createFile(root, bytes('x'), attributes({ uid: -1 }), 0)).toThrow(RangeError);
    expect(() => writer.createFile(root, bytes('x'), attributes({ mtime: 1n << 70n }), 0)).toThrow(
      code('EOVERFLOW'),
    );
    expect(writer.lookup(root, bytes('x'))).toBeUndefined();
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it('gives back an inode whose extended attributes do not fit', async () => {
    const { device, writer } = await formatted(8 * MiB);
    writer.mkdir(writer.root, bytes('before'), attributes());
    const before = writer.free;
    const xattrs = [
      ['user.small', bytes('1')],
      ['user.large', new Uint8Array(5000)],
    ] as const;
    const tooMuch = attributes({ xattrs });
    expect(() => writer.createFile(writer.root, bytes('f'), tooMuch, 3000)).toThrow(
      code('EXT2_ET_EA_NO_SPACE'),
    );
    expect(() => writer.mkdir(writer.root, bytes('f'), tooMuch)).toThrow(Ext2fsError);
    expect(writer.free).toEqual(before);
    writer.createFile(writer.root, bytes('f'), attributes(), 3000);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it.each(['ext2', 'ext4'] as const)('runs out of blocks on %s with a code of its own', async (type) => {
    const { device, writer } = await formatted(4 * MiB, { type, blockSize: 1024, journalMiB: false });
    const noBlocks = expect.objectContaining({
      code: 'EXT2_ET_BLOCK_ALLOC_FAIL',
      errno: 28,
      number: 2_133_571_400, // ext2_err.h
    });
    expect(() => writer.createFile(writer.root, bytes('large'), attributes(), 5 * MiB)).toThrow(noBlocks);
    const free = writer.free.blocks;
    // Just too large: the blocks are there, those that map them are not.
    if (type === 'ext2') {
      expect(() => writer.createFile(writer.root, bytes('f'), attributes(), free * 1024)).toThrow(noBlocks);
      expect(writer.free.blocks).toBe(free);
    }
    let made = 0;
    expect(() => {
      for (;;) {
        writer.mkdir(writer.root, bytes(`directory ${made}`), attributes({ mode: 0o755 }));
        writer.createFile(writer.root, bytes(`file ${made}`), attributes(), 20_000);
        made++;
      }
    }).toThrow(noBlocks);
    expect(made).toBeGreaterThan(50);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it.each(['ext2', 'ext4'] as const)('adds names to the last block of %s and finishes', async (type) => {
    const { device, writer } = await formatted(4 * MiB, {
      type,
      blockSize: 1024,
      journalMiB: false,
      inodes: 2000,
    });
    const directory = writer.mkdir(writer.root, bytes('d'), attributes({ mode: 0o755 }));
    writer.createFile(writer.root, bytes('most'), attributes(), (writer.free.blocks - 60) * 1024);
    const file = writer.createFile(directory, bytes('file'), attributes(), 0).inode;
    let names = 0;
    const add = (): void => {
      for (;;) writer.link(directory, bytes(`a name ${names++}`.padEnd(200, '.')), file);
    };
    expect(add).toThrow(expect.objectContaining({ errno: 28 }));
    expect(names).toBeGreaterThan(150);
    const small = (): void => {
      for (let index = 0; ; index++) writer.createFile(writer.root, bytes(`s${index}`), attributes(), 1);
    };
    expect(small).toThrow(expect.objectContaining({ errno: 28 }));
    const xattrs = attributes({ xattrs: [['user.block', new Uint8Array(800)]] });
    expect(() => writer.createFile(writer.root, bytes('x'), xattrs, 0)).toThrow(Ext2fsError);
    expect(writer.free.blocks).toBe(0);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
    const again = await openWriter(device, { epoch });
    expect(again.lookup(directory, bytes(`a name ${names - 2}`.padEnd(200, '.')))).toBe(file);
  });

  it('runs out of inodes with a code of its own', async () => {
    const { device, writer } = await formatted(4 * MiB, { inodes: 32 });
    const { inodes } = writer.free;
    for (let index = 0; index < inodes; index++)
      writer.createFile(writer.root, bytes(`${index}`), attributes(), 0);
    expect(() => writer.mkdir(writer.root, bytes('x'), attributes())).toThrow(
      expect.objectContaining({ code: 'EXT2_ET_INODE_ALLOC_FAIL', errno: 28 }),
    );
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it('does not link a file more often than its count can hold', async () => {
    const { device, writer } = await formatted(16 * MiB);
    const file = writer.createFile(writer.root, bytes('file'), attributes(), 0).inode;
    for (let count = 1; count < 65_000; count++) writer.link(writer.root, bytes(`link ${count}`), file);
    expect(() => writer.link(writer.root, bytes('one more'), file)).toThrow(code('EMLINK'));
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true });
  });

  it('is refused after the writer has finished', async () => {
    const { writer } = await formatted(4 * MiB);
    writer.finish();
    expect(() => writer.mkdir(writer.root, bytes('x'), attributes())).toThrow(code('EXT2FS_CLOSED'));
    expect(() => writer.finish()).toThrow(code('EXT2FS_CLOSED'));
  });

  it('passes a failure of the device on and gives up', async () => {
    const { device } = await formatted(4 * MiB);
    const failing = {
      ...device,
      write: () => {
        throw new Error('the disk is on fire');
      },
    };
    const writer = await openWriter(failing, { epoch });
    writer.mkdir(writer.root, bytes('x'), attributes());
    expect(() => writer.finish()).toThrow('the disk is on fire');
    expect(() => writer.mkdir(writer.root, bytes('y'), attributes())).toThrow(code('EXT2FS_CLOSED'));
  });

  it('is refused where there is no file system to open', async () => {
    await expect(openWriter(memoryDevice(new Uint8Array(MiB)), { epoch })).rejects.toEqual(
      code('EXT2_ET_BAD_MAGIC'),
    );
    await expect(formatted(8 * MiB, { features: ['inline_data'] })).rejects.toEqual(
      code('EXT2_ET_UNSUPP_FEATURE'),
    );
  });
});
