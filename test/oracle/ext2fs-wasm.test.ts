/** Native e2fsprogs and the kernel judge what ext2fs-wasm writes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BlockDevice,
  check,
  type FormatOptions,
  format,
  memoryDevice,
  openWriter,
  type Writer,
} from 'ext2fs-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { whileMounted } from '../support/mount.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';
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
} from '../wasm/support.ts';

const hashSeed = '12345678-1234-4234-8234-123456789abc';
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ext2fs-wasm-oracle-'));
  path = join(folder, 'image');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Formats and fills an image in memory and writes it to `path`. */
async function bake(
  size: number,
  options: Partial<FormatOptions>,
  fill: (writer: Writer, device: BlockDevice) => void,
): Promise<void> {
  const { device, image, writer } = await formatted(size, { hashSeed, ...options });
  fill(writer, device);
  writer.finish();
  writeFileSync(path, image);
}

/** What libext2fs counts of its own writes, and the checksum over it: in every copy of the superblock. */
function withoutWriteCount(image: Uint8Array, blockSize: number): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const groupSize = view.getUint32(1024 + 32, true) * blockSize;
  const first = view.getUint32(1024 + 20, true) * blockSize;
  const copies = [1024];
  for (let start = groupSize + first; start < image.length; start += groupSize) copies.push(start);
  for (const at of copies) {
    if (view.getUint16(at + 56, true) !== 0xef53) continue;
    image.fill(0, at + 0x178, at + 0x180); // s_kbytes_written
    image.fill(0, at + 0x3fc, at + 0x400); // s_checksum
  }
  return image;
}

oracle({ tools: ['mke2fs', 'dumpe2fs'] })('native mke2fs', () => {
  it.each<[string, number, Partial<FormatOptions>, string[]]>([
    ['ext4 of 128 MiB', 128 * MiB, { label: 'root' }, ['-L', 'root']],
    [
      'ext4, 4 KiB blocks, ^64bit',
      128 * MiB,
      { blockSize: 4096, features: ['^64bit'] },
      ['-b', '4096', '-O', '^orphan_file,^metadata_csum_seed,^64bit'],
    ],
    [
      'ext4 of several groups and given inodes',
      300 * MiB,
      { blockSize: 1024, inodes: 5000, reservedPercent: 0, journalMiB: 8 },
      ['-b', '1024', '-N', '5000', '-m', '0', '-J', 'size=8'],
    ],
    ['ext4 above 512 MiB', 600 * MiB, { bytesPerInode: 65_536 }, ['-i', '65536']],
    ['ext3', 64 * MiB, { type: 'ext3' }, []],
    ['ext2', 20 * MiB, { type: 'ext2' }, []],
  ])('makes the same bytes: %s', async (_name, size, options, extra) => {
    const ours = new Uint8Array(size);
    await format(memoryDevice(ours), { uuid, epoch, hashSeed, ...options });
    execFileSync('truncate', ['-s', String(size), path]);
    const features = options.type ? [] : ['-O', '^orphan_file,^metadata_csum_seed'];
    const extended = `hash_seed=${hashSeed},nodiscard,lazy_itable_init=0,lazy_journal_init=0`;
    execFileSync(
      findTool('mke2fs')!,
      ['-q', '-F', '-t', options.type ?? 'ext4', '-U', uuid, '-E', extended, ...features, ...extra, path],
      {
        env: { ...process.env, E2FSPROGS_FAKE_TIME: String(epoch) },
      },
    );
    const native = readFileSync(path);
    const dump = (): string => judge('dumpe2fs', [path]).replace(/^(Lifetime writes|Checksum): .*$/gm, '');
    const nativeDump = dump();
    const blockSize = 1024 << new DataView(ours.buffer).getUint32(1024 + 24, true);
    expect(
      Buffer.compare(withoutWriteCount(ours.slice(), blockSize), withoutWriteCount(native, blockSize)),
    ).toBe(0);
    writeFileSync(path, ours);
    expect(dump()).toBe(nativeDump);
  });
});

oracle({ tools: ['e2fsck', 'debugfs'] })('native e2fsck and debugfs', () => {
  it.each<[string, Partial<FormatOptions>]>([
    ['ext4', {}],
    ['ext4 with 4 KiB blocks', { blockSize: 4096 }],
    ['ext4 without checksums', { features: ['^metadata_csum'] }],
    ['ext3', { type: 'ext3' }],
    ['ext2', { type: 'ext2' }],
  ])('find nothing wrong in a filled %s', async (_name, options) => {
    await bake(64 * MiB, options, (writer, device) => {
      addSampleTree(device, writer);
      addFile(device, writer, writer.root, 'large', pattern(9 * MiB + 1));
    });
    judge('e2fsck', ['-fn', path]);
    const content = execFileSync(findTool('debugfs')!, ['-R', 'cat /large', path], {
      maxBuffer: 64 * MiB,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(Buffer.compare(content, pattern(9 * MiB + 1))).toBe(0);
  });

  it('see the index of a large directory', async () => {
    const image = new Uint8Array(64 * MiB);
    const device = memoryDevice(image);
    await format(device, { uuid, epoch, inodes: 25_000 });
    const writer = await openWriter(device, { epoch });
    const directory = writer.mkdir(writer.root, bytes('many'), attributes({ mode: 0o755 }));
    for (let index = 0; index < 20_000; index++) {
      writer.createFile(directory, bytes(`a name of some length ${index}`), attributes(), 0);
    }
    writer.finish();
    expect(await check(device, { optimizeDirectories: true })).toMatchObject({ clean: true });
    writeFileSync(path, image);
    judge('e2fsck', ['-fn', path]);
    expect(judge('debugfs', ['-R', 'htree /many', path])).toContain('Root node dump:');
    expect(judge('debugfs', ['-R', 'stat "/many/a name of some length 12345"', path])).toContain(
      'Type: regular',
    );
  });

  it('see what is flagged, and times out of the usual range', async () => {
    await bake(16 * MiB, {}, (writer) => {
      const old = writer.createFile(writer.root, bytes('old'), attributes({ mtime: -1n }), 0);
      writer.createFile(writer.root, bytes('late'), attributes({ mtime: 15_032_385_535_999_999_999n }), 0);
      writer.setFlags(old.inode, { immutable: true, append: true });
      writer.setFlags(old.inode, { append: false });
    });
    judge('e2fsck', ['-fn', path]);
    expect(judge('debugfs', ['-R', 'stat /old', path])).toMatch(
      /Flags: 0x80010\b[\s\S]* mtime: 0xffffffff:ee6b27fc/,
    );
    expect(judge('debugfs', ['-R', 'stat /late', path])).toMatch(/ mtime: 0x7fffffff:ee6b27ff/);
  });
});

oracle({ tools: ['mount', 'umount', 'getfattr', 'find'], root: true })('the kernel', () => {
  /** Mounts `path` read-only, runs, unmounts. */
  const mounted = <T>(use: (folder: string) => T): T => whileMounted(path, ['ro'], use);

  it('sees every attribute that was given', async () => {
    const capability = Uint8Array.from([1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Version 2, then tag, permissions and id of user::rw-, user:1000:r--, group::r--, mask::r--, other::---.
    const acl = Buffer.from(
      '02000000' +
        '01000600ffffffff' +
        '02000400e8030000' +
        '04000400ffffffff' +
        '10000400ffffffff' +
        '20000000ffffffff',
      'hex',
    );
    const longTarget = `/${'t'.repeat(4094)}`;
    const odd = Uint8Array.from([...Array.from({ length: 253 }, () => 0xe4), 0x0a, 0x22]); // not UTF-8
    await bake(64 * MiB, { blockSize: 4096 }, (writer, device) => {
      const { root } = writer;
      writer.setAttributes(root, attributes({ mode: 0o751, uid: 70_001, gid: 70_002 }));
      addFile(device, writer, root, 'file', pattern(12_345), {
        uid: 4_000_000_000,
        gid: 65_536,
        mode: 0o6755,
        xattrs: [
          ['security.capability', capability],
          ['user.empty', new Uint8Array(0)],
          ['user.value', bytes('välue')],
          ['trusted.long', new Uint8Array(1000).fill(65)],
        ],
      });
      addFile(device, writer, root, 'acl', pattern(1), {
        mode: 0o640,
        xattrs: [['system.posix_acl_access', acl]],
      });
      writer.link(root, bytes('file2'), writer.lookup(root, bytes('file'))!);
      writer.symlink(root, bytes('link'), attributes({ mode: 0o777, uid: 5 }), bytes(longTarget));
      writer.symlink(root, bytes('link59'), attributes({ mode: 0o777 }), bytes('s'.repeat(59)));
      writer.symlink(root, bytes('link60'), attributes({ mode: 0o777 }), bytes('s'.repeat(60)));
      writer.mknod(root, bytes('chr'), attributes({ mode: 0o620 }), 'char', 4, 65);
      writer.mknod(root, bytes('blk'), attributes({ mode: 0o660 }), 'block', 259, 1_048_575);
      writer.mknod(root, bytes('fifo'), attributes({ mode: 0o600 }), 'fifo');
      writer.mknod(root, bytes('sock'), attributes({ mode: 0o755 }), 'socket');
      const directory = writer.mkdir(
        root,
        bytes('dir'),
        attributes({ mode: 0o3775, mtime: -1_500_000_001n }),
      );
      writer.createFile(directory, odd, attributes({ mtime: 8_000_000_000_000_000_001n }), 0);
      writer.setAttributes(writer.lookup(root, bytes('lost+found'))!, attributes({ mode: 0o700, mtime: 0n }));
    });
    mounted((target) => {
      const list = judge('find', [target, '-maxdepth', '1', '-printf', '%P|%y|%m|%U|%G|%n|%s|%T@|%l\n']);
      const lines = list.split('\n').sort();
      const time = '1600000000.1234567890';
      expect(lines).toEqual(
        [
          '',
          `|d|751|70001|70002|4|4096|${time}|`,
          `acl|f|640|0|0|1|1|${time}|`,
          `blk|b|660|0|0|1|0|${time}|`,
          `chr|c|620|0|0|1|0|${time}|`,
          `dir|d|3775|0|0|2|4096|-2.4999999990|`,
          `fifo|p|600|0|0|1|0|${time}|`,
          `file2|f|6755|4000000000|65536|2|12345|${time}|`,
          `file|f|6755|4000000000|65536|2|12345|${time}|`,
          `link59|l|777|0|0|1|59|${time}|${'s'.repeat(59)}`,
          `link60|l|777|0|0|1|60|${time}|${'s'.repeat(60)}`,
          `link|l|777|5|0|1|4095|${time}|${longTarget}`,
          'lost+found|d|700|0|0|2|16384|0.0000000000|',
          `sock|s|755|0|0|1|0|${time}|`,
        ].sort(),
      );
      const stat = (name: string, format: string): string =>
        judge('stat', ['-c', format, join(target, name)]).trim();
      expect(stat('chr', '%Hr:%Lr')).toBe('4:65');
      expect(stat('blk', '%Hr:%Lr')).toBe('259:1048575');
      const xattrs = judge('getfattr', [
        '-d',
        '-m',
        '-',
        '-e',
        'hex',
        '--absolute-names',
        join(target, 'file'),
      ]);
      const hex = (value: Uint8Array): string => `0x${Buffer.from(value).toString('hex')}`;
      expect(xattrs).toContain(`security.capability=${hex(capability)}\n`);
      expect(xattrs).toContain(`user.value=${hex(bytes('välue'))}\n`);
      expect(xattrs).toContain(`trusted.long=${hex(new Uint8Array(1000).fill(65))}\n`);
      expect(xattrs).toContain('user.empty=0x\n');
      const aclDump = judge('getfattr', [
        '-d',
        '-m',
        '-',
        '-e',
        'hex',
        '--absolute-names',
        join(target, 'acl'),
      ]);
      expect(aclDump).toContain(`system.posix_acl_access=0x${acl.toString('hex')}\n`);
      expect(Buffer.compare(readFileSync(join(target, 'file')), pattern(12_345))).toBe(0);
      const names = execFileSync('ls', ['-A', '-N', join(target, 'dir')]);
      expect(names.subarray(0, -1).equals(odd)).toBe(true);
    });
  });
});
