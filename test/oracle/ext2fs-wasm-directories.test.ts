/** Native e2fsck and the kernel judge the hash indexes of directories that ext2fs-wasm writes. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FormatOptions, fileDevice, format, openWriter, type Writer } from 'ext2fs-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { whileMounted } from '../support/mount.ts';
import { judge, oracle } from '../support/oracle.ts';
import { attributes, bytes, epoch, MiB, uuid } from '../wasm/support.ts';

const hashSeed = '12345678-1234-4234-8234-123456789abc';
/**
 * Pairs of numbers: padded with x to 250 bytes, the names of each pair have the same half_md4 hash under
 * `hashSeed`. Found by hashing all numbers up to 253,145.
 */
const colliding = [
  14028, 38137, 15466, 66312, 34228, 83058, 37203, 91632, 288, 92200, 55435, 103897, 15352, 104885, 67211,
  110705, 48704, 110907, 78459, 114908, 67447, 115252, 101673, 127429, 53534, 127573, 7225, 140842, 105634,
  141137, 53282, 143266, 119396, 192852, 123584, 205658, 125056, 206307, 1720, 211800, 120439, 217227, 48822,
  217781, 62647, 240204, 23733, 253145,
];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ext2fs-wasm-oracle-'));
  path = join(folder, 'image');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Formats an image in a sparse file and fills it. */
async function bake(
  size: number,
  options: Partial<FormatOptions>,
  fill: (writer: Writer) => void,
): Promise<void> {
  const fd = openSync(path, 'w+');
  ftruncateSync(fd, size);
  const device = fileDevice({ readSync, writeSync }, fd, { size, fresh: true });
  await format(device, { uuid, epoch, hashSeed, ...options });
  const writer = await openWriter(device, { epoch });
  fill(writer);
  writer.finish();
  closeSync(fd);
}

/** Adds `names` to a new directory `many`: empty files, or directories. */
function addMany(writer: Writer, names: Iterable<string>, directories = false): void {
  const many = writer.mkdir(writer.root, bytes('many'), attributes({ mode: 0o755 }));
  const mode = attributes({ mode: 0o755 });
  for (const name of names) {
    if (directories) writer.mkdir(many, bytes(name), mode);
    else writer.createFile(many, bytes(name), mode, 0);
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `name ${index}`);
}

/** The index of `/many` as debugfs sees it: depth, entries of the root, and all hashes. */
function dumpIndex(): { levels: number; hashes: string[] } {
  const dump = judge('debugfs', ['-R', 'htree_dump /many', path]);
  return {
    levels: Number(/Indirect levels: (\d+)/.exec(dump)?.[1] ?? Number.NaN),
    hashes: Array.from(dump.matchAll(/^Entry #\d+: Hash 0x([0-9a-f]{8})/gm), ([, hash]) => hash!),
  };
}

/** Nothing wrong, and nothing that e2fsck would write another way than in other bytes of the same blocks. */
function judgeByE2fsck(): void {
  judge('e2fsck', ['-fn', path]);
  const before = judge('debugfs', ['-R', 'stat /many', path]);
  judge('e2fsck', ['-fyD', path]);
  const after = judge('debugfs', ['-R', 'stat /many', path]);
  const size = /Size: \d+|Blockcount: \d+/g;
  expect(after.match(size)).toEqual(before.match(size));
}

oracle({ tools: ['e2fsck', 'debugfs'] })('native e2fsck and debugfs', () => {
  it.each<[string, number, number, Partial<FormatOptions>]>([
    ['200,000 files in blocks of 4 KiB', 200_000, 1, { blockSize: 4096 }],
    ['200,000 files in blocks of 1 KiB', 200_000, 1, { blockSize: 1024 }],
    ['a directory of two blocks', 130, 0, { blockSize: 1024 }],
    ['no checksums', 5000, 0, { blockSize: 2048, features: ['^metadata_csum'] }],
    ['ext3', 5000, 0, { type: 'ext3', blockSize: 1024 }],
    ['ext2', 5000, 0, { type: 'ext2', blockSize: 4096 }],
  ])('find the index right: %s', async (_name, count, levels, options) => {
    await bake(400 * MiB, { inodes: count + 1000, ...options }, (writer) => addMany(writer, numbered(count)));
    expect(dumpIndex().levels).toBe(levels);
    judgeByE2fsck();
  });

  it('find 70,000 subdirectories right, counted as one link', async () => {
    await bake(400 * MiB, { inodes: 71_000, blockSize: 1024 }, (writer) =>
      addMany(writer, numbered(70_000), true),
    );
    expect(judge('debugfs', ['-R', 'stat /many', path])).toMatch(/Links: 1\b/);
    judgeByE2fsck();
  });

  it('find an index of three levels right, which takes large_dir', async () => {
    const names = numbered(60_000).map((name) => name.padEnd(250, '.'));
    const options = { inodes: 61_000, blockSize: 1024 } as const;
    await bake(200 * MiB, { ...options, features: ['large_dir'] }, (writer) => addMany(writer, names));
    expect(dumpIndex().levels).toBe(2);
    judgeByE2fsck();
    // Without the feature the index does not fit: the directory stays as it was filled.
    await bake(200 * MiB, options, (writer) => addMany(writer, names));
    expect(judge('debugfs', ['-R', 'htree_dump /many', path])).not.toContain('Root node');
    judge('e2fsck', ['-fn', path]);
  });

  it('have no index without the feature, nor in lost+found', async () => {
    await bake(32 * MiB, { features: ['^dir_index'], blockSize: 1024 }, (writer) =>
      addMany(writer, numbered(1000)),
    );
    expect(judge('debugfs', ['-R', 'stat /many', path])).toMatch(/Flags: 0x80000\b/);
    judge('e2fsck', ['-fn', path]);
    await bake(32 * MiB, { blockSize: 1024 }, (writer) => {
      const lost = writer.lookup(writer.root, bytes('lost+found'))!;
      for (const name of numbered(1000)) writer.createFile(lost, bytes(name), attributes(), 0);
    });
    expect(judge('debugfs', ['-R', 'stat /lost+found', path])).toMatch(/Flags: 0x80000\b/);
    judge('e2fsck', ['-fn', path]);
  });

  it('find a directory without room for an index as it was filled', async () => {
    await bake(8 * MiB, { blockSize: 1024, inodes: 4000, journalMiB: false }, (writer) => {
      const many = writer.mkdir(writer.root, bytes('many'), attributes({ mode: 0o755 }));
      for (const name of numbered(1000)) writer.createFile(many, bytes(name), attributes(), 0);
      writer.createFile(writer.root, bytes('rest'), attributes(), (writer.free.blocks - 4) * 1024);
    });
    expect(judge('debugfs', ['-R', 'stat /many', path])).toMatch(/Flags: 0x80000\b/);
    judge('e2fsck', ['-fn', path]);
  });
});

oracle({ tools: ['e2fsck', 'debugfs', 'mount', 'umount'], root: true })('the kernel', () => {
  /** Mounts the image, to be written to, and unmounts it. */
  const mounted = (use: (many: string) => void): void =>
    whileMounted(path, ['rw'], (root) => use(join(root, 'many')));

  /** Looks every name up, then adds, removes and renames some. */
  function useDirectory(many: string, names: readonly string[], unlink: (path: string) => void): void {
    expect(readdirSync(many).sort()).toEqual([...names].sort());
    for (const name of names) expect(statSync(join(many, name)).ino).toBeGreaterThan(10);
    for (let index = 0; index < 2000; index++) writeFileSync(join(many, `added ${index}`), '');
    for (const name of names.filter((_, index) => index % 5 === 0)) unlink(join(many, name));
    for (const name of names.filter((_, index) => index % 5 === 1)) {
      renameSync(join(many, name), join(many, `renamed ${name.slice(0, 200)}`));
    }
  }

  it.each<[string, number, Partial<FormatOptions>]>([
    ['4 KiB', 60_000, { blockSize: 4096 }],
    ['1 KiB', 50_000, { blockSize: 1024 }],
    ['1 KiB, ext3', 20_000, { blockSize: 1024, type: 'ext3' }],
  ])('finds, adds and removes names: blocks of %s', async (_name, count, options) => {
    const names = numbered(count);
    await bake(400 * MiB, { inodes: count + 3000, ...options }, (writer) => addMany(writer, names));
    mounted((many) => useDirectory(many, names, unlinkSync));
    judge('e2fsck', ['-fn', path]);
  });

  it('finds names of equal hashes on both sides of a block boundary', async () => {
    const names = colliding.map((number) => String(number).padEnd(250, 'x'));
    await bake(64 * MiB, { blockSize: 1024, inodes: 3000 }, (writer) => addMany(writer, names));
    const continued = dumpIndex().hashes.filter((hash) => Number.parseInt(hash, 16) % 2 === 1);
    expect(continued.length).toBeGreaterThan(3);
    judgeByE2fsck();
    mounted((many) => useDirectory(many, names, unlinkSync));
    judge('e2fsck', ['-fn', path]);
  });
});
