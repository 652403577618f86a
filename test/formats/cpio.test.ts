import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { cpioBytes } from '../../src/formats/cpio/index.ts';
import { bytesContent, textContent } from '../../src/tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  fileEntry,
  type Metadata,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

/** What cpio-stream, which has no types, says of an entry. */
interface CpioHeader {
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: Date;
  readonly size: number;
  readonly rdev: number;
  readonly name: string;
  readonly linkname?: string;
}

interface CpioExtract extends NodeJS.WritableStream {
  on(event: 'entry', listener: (header: CpioHeader, body: Readable, next: () => void) => void): this;
  on(event: 'finish' | 'error', listener: (error?: Error) => void): this;
}

const meta = (over: Partial<Metadata> = {}): Metadata =>
  metadata({ mtime: 1_700_000_000_999_999_999n, origin: 'test', ...over });

function initramfs(): Tree {
  const tree = new Tree(meta({ mode: 0o755 }));
  tree.set('/bin', directoryEntry(meta({ mode: 0o755 })));
  tree.set('/bin/busybox', fileEntry(textContent('busybox'), meta({ mode: 0o755, uid: 1, gid: 2 })));
  tree.set('/bin/sh', tree.get('/bin/busybox')!);
  tree.set('/zcat', tree.get('/bin/busybox')!);
  tree.set('/dev', directoryEntry(meta({ mode: 0o755 })));
  tree.set('/dev/console', deviceEntry('char', 5, 1, meta({ mode: 0o600 })));
  tree.set('/dev/vda', deviceEntry('block', 254, 70_000, meta({ mode: 0o660 })));
  tree.set('/dev/fifo', pipeEntry('fifo', meta()));
  tree.set('/dev/log', pipeEntry('socket', meta()));
  tree.set('/init', symlinkEntry('bin/busybox', meta()));
  tree.set('/init2', tree.get('/init')!);
  tree.set('/latin1-\udce9', fileEntry(bytesContent(new Uint8Array(0)), meta({ mtime: -1n })));
  return tree;
}

async function readBack(bytes: Uint8Array): Promise<{ header: CpioHeader; text: string }[]> {
  // @ts-expect-error cpio-stream has no types.
  const cpio = (await import('cpio-stream')) as { default: { extract(): CpioExtract } };
  const entries: { header: CpioHeader; text: string }[] = [];
  await new Promise<void>((resolve, reject) => {
    const extract = cpio.default.extract();
    extract.on('entry', (header, body, next) => {
      const parts: Buffer[] = [];
      body.on('data', (part: Buffer) => parts.push(part));
      body.on('end', () => {
        entries.push({ header, text: Buffer.concat(parts).toString() });
        next();
      });
    });
    extract.on('finish', () => resolve());
    extract.on('error', reject);
    Readable.from([bytes]).pipe(extract);
  });
  return entries;
}

const bytesOf = (tree: Tree) => cpioBytes(tree);

describe('newc', () => {
  test('cpio-stream reads it back', async () => {
    const entries = await readBack(bytesOf(initramfs()));
    const lines = entries.map(({ header, text }) =>
      [
        header.name.replace(/latin1-.*/, 'latin1'),
        header.ino,
        header.mode.toString(8),
        `${header.uid}:${header.gid}`,
        header.nlink,
        header.size,
        header.linkname ?? text,
      ].join(' '),
    );
    expect(lines).toMatchInlineSnapshot(`
      [
        ". 1 40755 0:0 4 0 ",
        "bin 2 40755 0:0 2 0 ",
        "bin/busybox 3 100755 1:2 3 0 ",
        "bin/sh 3 100755 1:2 3 0 ",
        "dev 4 40755 0:0 2 0 ",
        "dev/console 5 20600 0:0 1 0 ",
        "dev/fifo 6 10644 0:0 1 0 ",
        "dev/log 7 140644 0:0 1 0 ",
        "dev/vda 8 60660 0:0 1 0 ",
        "init 9 120777 0:0 2 11 bin/busybox",
        "init2 9 120777 0:0 2 11 bin/busybox",
        "latin1 10 100644 0:0 1 0 ",
        "zcat 3 100755 1:2 3 7 busybox",
      ]
    `);
  });

  test('the header is that of the format, in hex', () => {
    const tree = new Tree(meta({ mode: 0o755 }));
    tree.set('/vda', deviceEntry('block', 254, 70_000, meta({ mode: 0o660, uid: 4_294_967_295 })));
    const second = bytesOf(tree).subarray(112).toString('latin1');
    expect(second.slice(0, 110)).toBe(
      '070701' +
        ['00000002', '000061b0', 'ffffffff', '00000000', '00000001', '6553f100', '00000000'].join('') +
        ['00000000', '00000000', '000000fe', '00011170', '00000004', '00000000'].join(''),
    );
    expect(second.slice(110, 116)).toBe('vda\0\0\0');
  });

  test('times are bounded to 32 bits', () => {
    const time = (mtime: bigint) => bytesOf(new Tree(meta({ mtime }))).toString('latin1', 46, 54);
    expect([-5n, 0n, 4_294_967_295_000_000_000n, 2n ** 64n].map(time)).toEqual([
      '00000000',
      '00000000',
      'ffffffff',
      'ffffffff',
    ]);
  });

  test('is padded to 512 bytes and equal for equal trees', () => {
    const bytes = bytesOf(initramfs());
    expect(bytes.length % 512).toBe(0);
    expect(bytes.equals(bytesOf(initramfs()))).toBe(true);
  });

  test('refuses what the format or the kernel cannot hold', () => {
    const tree = (path: string, size: number) => {
      const made = new Tree();
      const content = { size, open: () => ({ read: () => 0, close: () => undefined }) };
      made.set(path, fileEntry(content, meta()));
      return () => bytesOf(made);
    };
    expect(tree('/large', 2 ** 32)).toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_UNSUPPORTED' }));
    expect(tree(`${'/name'.repeat(820)}`, 0)).toThrow(expect.objectContaining({ code: 'RB_PATH_INVALID' }));
    expect(tree('/TRAILER!!!', 0)).toThrow(expect.objectContaining({ code: 'RB_PATH_INVALID' }));
  });
});
