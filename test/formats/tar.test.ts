import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { readTar, tarEntries, treeDigest, writeTar } from '../../src/formats/tar/index.ts';
import { bytesContent, memorySink, readContent, textContent } from '../../src/tree/content.ts';
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
import { describeTree, differences } from '../support/describe-tree.ts';
import { richTree } from '../support/rich-tree.ts';
import { runs } from '../support/seed.ts';
import { paxRecord, tarBlocks } from '../support/tar-blocks.ts';

async function written(tree: Tree): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(tree)) parts.push(part);
  return Buffer.concat(parts);
}

const read = (bytes: Uint8Array) => readTar([bytes], memorySink, { origin: 'test' });

/** What ustar alone cannot store, and a hard link. */
function hardTree(): Tree {
  const meta = (over: Partial<Metadata> = {}) =>
    metadata({ mtime: 1_704_067_200_000_000_000n, origin: 'test', ...over });
  const tree = new Tree(meta({ mode: 0o755 }));
  const xattrs = new Map([
    ['user.a=b%c', Buffer.from('odd\nname')],
    ['security.capability', Buffer.from('0100000200200080', 'hex')],
  ]);
  tree.set('/bin', directoryEntry(meta({ mode: 0o1755 })));
  tree.set('/bin/ping', fileEntry(bytesContent(Buffer.alloc(513, 'p')), meta({ xattrs, mode: 0o4755 })));
  tree.set('/bin/ping6', tree.get('/bin/ping')!);
  tree.set('/dev/vda', deviceEntry('block', 254, 300, meta({ mode: 0o660 })), meta({ mode: 0o755 }));
  tree.set('/dev/log', pipeEntry('socket', meta()));
  tree.set('/latin1-\udce9', fileEntry(textContent(''), meta({ uid: 3_000_000, gid: 4_294_967_294 })));
  tree.set('/link', symlinkEntry(`/${'long/'.repeat(40)}grüße`, meta({ mtime: -1_500_000_000n })));
  return tree;
}

describe('the canonical tar', () => {
  test('gives back everything that a root file system holds', async () => {
    for (const tree of [hardTree(), richTree()]) {
      const again = await read(await written(tree));
      expect(differences(describeTree(again), describeTree(tree))).toEqual([]);
    }
  });

  test('gives back hard links as one entry', async () => {
    const again = await read(await written(hardTree()));
    expect(again.get('/bin/ping6')).toBe(again.get('/bin/ping'));
  });

  test('depends on what the tree holds, not on how it was made', async () => {
    const make = (names: string[]) => {
      const tree = new Tree();
      for (const name of names) {
        const xattrs = new Map(names.map((key) => [`user.${key}`, Buffer.from(key)] as const));
        tree.set(`/${name}`, fileEntry(textContent('x'), metadata({ xattrs, origin: names.join() })));
      }
      return tree;
    };
    expect(await treeDigest(make(['a', 'b', 'ü']))).toBe(await treeDigest(make(['ü', 'b', 'a'])));
    expect(await treeDigest(make(['a', 'b']))).not.toBe(await treeDigest(make(['a', 'c'])));
  });

  test('its digest is the sha256 of its bytes', async () => {
    const tree = hardTree();
    const sha256 = createHash('sha256')
      .update(await written(tree))
      .digest('hex');
    expect(await treeDigest(tree)).toBe(sha256);
  });

  /** A change of the format changes every recipe's `sha256`: it must be deliberate. */
  test('its bytes do not change from version to version', async () => {
    expect(await treeDigest(hardTree())).toBe(
      '635f7e07cec25c779926652483c289ff9ca5aaf67ff2c45ac55aa249daaa7423',
    );
    expect(await treeDigest(new Tree())).toBe(
      'd68f1aa92ae64e55c176a9e7a87d520385783cd2b7cffd3573e1daf8e287aca4',
    );
  });

  test('tar-stream reads it', async () => {
    const names: string[] = [];
    const stream = extract();
    stream.end(await written(hardTree()));
    for await (const entry of stream) {
      names.push(`${entry.header.type} ${entry.header.name}`);
      entry.resume();
    }
    expect(names.map((name) => name.replace(/1-.*/, '1-'))).toEqual([
      'directory ./',
      'directory bin/',
      'file bin/ping',
      'link bin/ping6',
      'directory dev/',
      'file dev/log',
      'block-device dev/vda',
      'file latin1-',
      'symlink link',
    ]);
  });

  test('survives the way through for any content and metadata', async () => {
    const ids = fc.integer({ min: 0, max: 0xffffffff });
    const name = fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme' }).filter((text) => {
      return !/[/\0]/.test(text) && text !== '.' && text !== '..' && !/\p{Surrogate}/u.test(text);
    });
    const entry = fc.record({
      uid: ids,
      gid: ids,
      mode: fc.integer({ min: 0, max: 0o7777 }),
      mtime: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 63n }),
      bytes: fc.uint8Array({ maxLength: 1100 }),
      xattr: fc.option(fc.tuple(name, fc.uint8Array({ maxLength: 300 }))),
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, entry, { maxKeys: 6 }), async (entries) => {
        const tree = new Tree();
        for (const [key, { bytes, xattr, ...rest }] of Object.entries(entries)) {
          const xattrs = new Map(xattr ? [[`user.${xattr[0]}`, xattr[1]]] : []);
          const content = bytesContent(bytes);
          tree.set(`/folder/${key}`, fileEntry(content, metadata({ ...rest, xattrs, origin: 'test' })));
        }
        const again = await read(await written(tree));
        expect(differences(describeTree(again), describeTree(tree))).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });
});

describe('reading', () => {
  test('what tar-stream packs', async () => {
    const stream = pack();
    stream.entry({ name: 'etc/', type: 'directory', mode: 0o750, mtime: new Date(5000) });
    stream.entry({ name: 'etc/motd', mode: 0o600, uid: 1, gid: 2, mtime: new Date(7000) }, 'hello');
    stream.entry({ name: 'etc/link', type: 'symlink', linkname: 'motd', mtime: new Date(0) });
    stream.entry({ name: 'hard', type: 'link', linkname: 'etc/motd' });
    stream.entry({ name: 'null', type: 'character-device', devmajor: 1, devminor: 3, mtime: new Date(0) });
    stream.finalize();
    const tree = await readTar(stream as AsyncIterable<Buffer>, memorySink, { origin: 'test' });
    expect([...describeTree(tree)].map((line) => line.join(' '))).toEqual([
      '/ directory 755 0:0 links=3 mtime=0',
      '/etc directory 750 0:0 links=2 mtime=5000000000',
      '/etc/link symlink 777 0:0 links=1 mtime=0 motd',
      '/etc/motd file 600 1:2 links=2 mtime=7000000000 5 bytes 2cf24dba5fb0a30e',
      '/hard file 600 1:2 links=2 mtime=7000000000 5 bytes 2cf24dba5fb0a30e',
      '/null char 644 0:0 links=1 1:3 mtime=0',
    ]);
    expect(tree.get('/hard')).toBe(tree.get('/etc/motd'));
  });

  test('pieces of any size', async () => {
    const tree = hardTree();
    const bytes = await written(tree);
    for (const size of [1, 511, 513, 4096]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(
        differences(describeTree(await readTar(chunks, memorySink, { origin: 'test' })), describeTree(tree)),
      ).toEqual([]);
    }
  });

  test('entries with owner names and PAX records, bodies left unread', async () => {
    const bytes = tarBlocks([
      { typeflag: 'x', body: paxRecord('APK-TOOLS.checksum', 'abcd') },
      { name: 'bin/sh', body: 'x'.repeat(1000), uname: 'root', gname: 'wheel' },
      { name: 'next', body: 'body' },
    ]);
    const seen: unknown[] = [];
    for await (const { header, body } of tarEntries([bytes], { what: 'test' })) {
      const { name, uname, gname, size } = header;
      const checksum = Buffer.from(header.pax.get('APK-TOOLS.checksum') ?? []).toString();
      const text = name === 'next' ? Buffer.from(readContent(await memorySink.put(body))).toString() : '';
      seen.push([name, uname, gname, size, checksum, text]);
    }
    expect(seen).toEqual([
      ['bin/sh', 'root', 'wheel', 1000, 'abcd', ''],
      ['next', '', '', 4, '', 'body'],
    ]);
  });

  test('global PAX records, deletions and both spellings of xattrs', async () => {
    const tree = await read(
      tarBlocks([
        { typeflag: 'g', body: paxRecord('uid', '500') + paxRecord('mtime', '-1.25') },
        { name: 'a' },
        { typeflag: 'x', body: paxRecord('uid', '') + paxRecord('LIBARCHIVE.xattr.user%2ekey', 'AQL//w==') },
        { name: 'b', uid: 3 },
        { typeflag: 'x', body: paxRecord('SCHILY.xattr.user.k', '') },
        { name: 'c' },
      ]),
    );
    expect(tree.get('/a')).toMatchObject({ uid: 500, mtime: -1_250_000_000n });
    expect(tree.get('/b')).toMatchObject({ uid: 3 });
    expect([...tree.get('/b')!.xattrs]).toEqual([['user.key', Uint8Array.of(1, 2, 255, 255)]]);
    expect([...tree.get('/c')!.xattrs.keys()]).toEqual(['user.k']);
  });

  test('GNU long names and base-256 numbers, v7 directories, signed checksums', async () => {
    const long = 'a/'.repeat(80);
    const tree = await read(
      tarBlocks([
        { typeflag: 'L', name: '././@LongLink', body: `${long}file\0` },
        { typeflag: 'K', name: '././@LongLink', body: `${long}target\0` },
        { typeflag: '2', name: 'cut', linkname: 'cut', mtime: -3, uid: 3_000_000, magic: 'ustar  \0' },
        { name: 'v7/', magic: '\0'.repeat(8), body: '', mode: 0o700 },
        { name: 'signed-\u00fc', body: 'x', signedChecksum: true },
      ]),
    );
    expect(tree.get(`${long}file`)).toMatchObject({
      type: 'symlink',
      target: `${long}target`,
      uid: 3_000_000,
      mtime: -3_000_000_000n,
    });
    expect(tree.get('/v7')).toMatchObject({ type: 'directory', mode: 0o700 });
    expect([...tree.root.children.keys()]).toEqual(['a', 'v7', 'signed-\udcfc']);
  });

  test('later entries replace earlier ones; directories keep their children', async () => {
    const tree = await read(
      tarBlocks([
        { typeflag: '5', name: 'd/', mode: 0o700 },
        { name: 'd/f', body: 'one' },
        { typeflag: '1', name: 'hard', linkname: 'd/f' },
        { name: './d//f', body: 'two' },
        { typeflag: '5', name: 'd', mode: 0o711 },
        { typeflag: '5', name: './', mode: 0o555 },
      ]),
    );
    expect(tree.root.mode).toBe(0o555);
    expect(tree.get('/d')).toMatchObject({ mode: 0o711 });
    const text = (path: string) => {
      const entry = tree.get(path);
      return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : undefined;
    };
    expect([text('/d/f'), text('/hard')]).toEqual(['two', 'one']);
  });

  test('parents that are links are followed inside of the tree', async () => {
    const tree = await read(
      tarBlocks([
        { typeflag: '5', name: 'usr/bin/' },
        { typeflag: '2', name: 'bin', linkname: '/usr/bin' },
        { typeflag: '2', name: 'up', linkname: '../../../usr' },
        { name: 'bin/sh', body: 'sh' },
        { name: '/up/bin/ls', body: 'ls' },
        { typeflag: '1', name: 'up/bin/dir', linkname: 'bin/ls' },
      ]),
    );
    expect([...tree.walk()].map(({ path }) => path)).toEqual([
      '/',
      '/bin',
      '/up',
      '/usr',
      '/usr/bin',
      '/usr/bin/dir',
      '/usr/bin/ls',
      '/usr/bin/sh',
    ]);
    expect(tree.get('/usr/bin/dir')).toBe(tree.get('/usr/bin/ls'));
  });

  test('the archive ends at a zero block, or where the stream does', async () => {
    const bytes = tarBlocks([{ name: 'a', body: 'x' }]);
    const more = tarBlocks([{ name: 'b', body: 'x' }]);
    expect([...(await read(bytes.subarray(0, 1024))).root.children.keys()]).toEqual(['a']);
    expect([...(await read(Buffer.concat([bytes, more]))).root.children.keys()]).toEqual(['a']);
    const stream = (async function* () {
      yield bytes;
      yield more;
      throw new Error('the checksum behind the archive is wrong');
    })();
    await expect(readTar(stream, memorySink, { origin: 'x' })).rejects.toThrow(/checksum behind/);
  });
});
