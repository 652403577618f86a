/** Native e2fsck and the kernel judge files that ext2fs-wasm writes: holes, fragments, links, attributes. */
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockDevice, Extent, FormatOptions, Writer } from 'ext2fs-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { whileMounted } from '../support/mount.ts';
import { judge, oracle } from '../support/oracle.ts';
import { attributes, bytes, formatted, MiB, pattern } from '../wasm/support.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ext2fs-wasm-oracle-'));
  path = join(folder, 'image');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Formats and fills an image in memory, writes it to `path` and has e2fsck judge it. */
async function bake(
  size: number,
  options: Partial<FormatOptions>,
  fill: (writer: Writer, device: BlockDevice) => void,
): Promise<void> {
  const { device, image, writer } = await formatted(size, options);
  fill(writer, device);
  writer.finish();
  writeFileSync(path, image);
  judge('e2fsck', ['-fn', path]);
}

/** Mounts `path` read-only, runs, unmounts. */
const mounted = (use: (root: string) => void): void => whileMounted(path, ['ro'], use);

/** Writes the content to its extents, each from its position. */
function put(device: BlockDevice, extents: readonly Extent[], content: Uint8Array): void {
  for (const { position, offset, length } of extents) {
    device.write(content.subarray(position, position + length), offset);
  }
}

const types: [string, Partial<FormatOptions>][] = [
  ['ext2, 1 KiB', { type: 'ext2', blockSize: 1024 }],
  ['ext2, 4 KiB', { type: 'ext2', blockSize: 4096 }],
  ['ext3, 1 KiB', { type: 'ext3', blockSize: 1024 }],
  ['ext3, 2 KiB', { type: 'ext3', blockSize: 2048 }],
  ['ext4, 1 KiB', { type: 'ext4', blockSize: 1024 }],
  ['ext4, 4 KiB', { type: 'ext4', blockSize: 4096 }],
];

oracle({ tools: ['e2fsck', 'mount', 'umount', 'getfattr'], root: true })('the kernel', () => {
  it.each(types)('reads holes as zeros and counts blocks: %s', async (_name, options) => {
    const { blockSize = 1024 } = options;
    const size = 70_000 * 1024 + 321;
    const data = [
      { position: 5000, length: 3 * blockSize },
      { position: 300 * blockSize + 100, length: 10_000 },
      { position: 60_000_000, length: 70_000 },
    ];
    const content = new Uint8Array(size);
    for (const { position, length } of data) content.set(pattern(length, position), position);
    let used = 0;
    await bake(64 * MiB, options, (writer, device) => {
      const before = writer.free.blocks;
      const file = writer.createFile(writer.root, bytes('holes'), attributes(), size, { data });
      used = before - writer.free.blocks;
      put(device, file.extents, content);
      writer.createFile(writer.root, bytes('hole'), attributes(), size, { data: [] });
    });
    mounted((root) => {
      expect(Buffer.compare(readFileSync(join(root, 'holes')), content)).toBe(0);
      expect(statSync(join(root, 'holes')).blocks * 512).toBe(used * blockSize);
      expect(statSync(join(root, 'hole'))).toMatchObject({ size, blocks: 0 });
      expect(readFileSync(join(root, 'hole')).every((byte) => byte === 0)).toBe(true);
    });
  });

  it.each(types)('reads a file in more than 1,024 pieces: %s', async (_name, options) => {
    const { blockSize = 1024 } = options;
    const tooMuch = attributes({ xattrs: [['user.large', new Uint8Array(5000)]] });
    let content: Uint8Array = new Uint8Array(0);
    await bake(16 * blockSize * 1024, { ...options, inodes: 4096 }, (writer, device) => {
      // A file that is given back leaves a hole of one block: the next one lies behind it.
      for (let index = 0; index < 1500; index++) {
        writer.createFile(writer.root, bytes(`f${index}`), attributes(), 1);
        expect(() => writer.createFile(writer.root, bytes('x'), tooMuch, 1)).toThrow();
      }
      const rest = writer.free.blocks - 1400 - 100;
      writer.createFile(writer.root, bytes('rest'), attributes(), rest * blockSize);
      content = pattern(1300 * blockSize - 5, 7);
      const file = writer.createFile(writer.root, bytes('pieces'), attributes(), content.length);
      expect(file.extents.length).toBeGreaterThan(1024);
      put(device, file.extents, content);
    });
    mounted((root) => {
      expect(Buffer.compare(readFileSync(join(root, 'pieces')), content)).toBe(0);
    });
  });

  it.each([1024, 2048, 4096] as const)('reads links up to the limit (blocks of %i)', async (blockSize) => {
    const longest = Math.min(blockSize - 1, 4095);
    const targets = [1, 59, 60, 61, longest].map((length) => 't'.repeat(length));
    await bake(16 * MiB, { blockSize }, (writer) => {
      for (const target of targets) {
        writer.symlink(writer.root, bytes(`l${target.length}`), attributes(), bytes(target));
      }
      expect(() =>
        writer.symlink(writer.root, bytes('long'), attributes(), bytes('t'.repeat(longest + 1))),
      ).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
    });
    mounted((root) => {
      for (const target of targets) expect(readlinkSync(join(root, `l${target.length}`))).toBe(target);
    });
  });

  it.each(types)('reads attributes from the inode and from a block: %s', async (_name, options) => {
    const { blockSize = 1024 } = options;
    const small = [['user.small', bytes('1')]] as const;
    const large = [
      ['security.selinux', bytes('system_u:object_r:etc_t:s0\0')],
      ['trusted.large', pattern(blockSize - 200)],
    ] as const;
    await bake(16 * MiB, options, (writer) => {
      for (const [name, xattrs] of [
        ['small', small],
        ['large', large],
      ] as const) {
        writer.createFile(writer.root, bytes(`file-${name}`), attributes({ xattrs }), 100);
        const directory = writer.mkdir(writer.root, bytes(`dir-${name}`), attributes({ xattrs }));
        writer.createFile(directory, bytes('inside'), attributes(), 0);
        writer.mknod(writer.root, bytes(`fifo-${name}`), attributes({ xattrs: large }), 'fifo');
      }
    });
    mounted((root) => {
      const dump = (name: string): string =>
        judge('getfattr', ['-d', '-m', '-', '-e', 'hex', '--absolute-names', join(root, name)]);
      const hex = (value: Uint8Array): string => `=0x${Buffer.from(value).toString('hex')}\n`;
      for (const kind of ['file', 'dir']) {
        expect(dump(`${kind}-small`)).toContain(`user.small${hex(small[0][1])}`);
        for (const [name, value] of large) expect(dump(`${kind}-large`)).toContain(`${name}${hex(value)}`);
      }
      expect(dump('fifo-large')).toContain(`trusted.large${hex(large[1][1])}`);
    });
  });
});
