import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeRoot } from '../../src/export/write-root.ts';
import { cpioBytes } from '../../src/formats/cpio/index.ts';
import { treeDigest, writeTar } from '../../src/formats/tar/index.ts';
import { type Content, textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { richTree } from '../support/rich-tree.ts';

const epoch = 1_700_000_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-export-'));
  mkdirSync(join(folder, 'tmp'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const host = () => testHost({ temporaryDirectory: at('tmp'), env: {} });
const write = (name: string, options = {}, tree = richTree(), { host: used } = host()) =>
  writeRoot({ tree, epoch }, at(name), options, used);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What lies in the folder: nothing but what was asked for. */
const files = () => [...readdirSync(folder), ...readdirSync(at('tmp'))].filter((name) => name !== 'tmp');

function treeWith(path: string, content: Content): Tree {
  const tree = new Tree();
  tree.set(path, fileEntry(content, metadata({ origin: 'test' })));
  return tree;
}

async function bytesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('archives', () => {
  test('a tar is the canonical one, whose sha256 is the digest of the root', async () => {
    expect(await write('root.tar')).toEqual({ path: at('root.tar'), format: 'tar' });
    expect(sha256(readFileSync(at('root.tar')))).toBe(await treeDigest(richTree()));
    expect(files()).toEqual(['root.tar']);
  });

  test.each([
    ['root.tar.gz', () => bytesOf(writeTar(richTree()))],
    ['root.cpio.gz', () => cpioBytes(richTree())],
  ])('%s is the same, compressed, without name, time and host', async (name, plain) => {
    await write(name);
    const packed = readFileSync(at(name));
    expect(sha256(zlib.gunzipSync(packed))).toBe(sha256(await plain()));
    expect(packed.subarray(0, 10).toString('hex')).toBe('1f8b0800000000000003');
    await write(`again.${name}`);
    expect(sha256(readFileSync(at(`again.${name}`)))).toBe(sha256(packed));
  });

  test('a cpio tells that it has no place for xattrs', async () => {
    const { host: used, events } = host();
    await writeRoot({ tree: richTree(), epoch }, at('told.cpio'), {}, used);
    expect(events).toContainEqual({
      type: 'message',
      level: 'warning',
      text: expect.stringContaining('lacks the extended attributes of 3 entries, such as /acl'),
    });
  });

  test('a cpio of a file of 4 GiB is refused before anything is written', async () => {
    const content: Content = {
      size: 2 ** 32,
      open: () => {
        throw new Error('it is not read');
      },
    };
    const tree = treeWith('/a/large', content);
    tree.set('/Z', fileEntry(textContent('before'), metadata({ origin: 'test' })));
    await expect(write('root.cpio', {}, tree)).rejects.toMatchObject({
      code: 'RB_ARCHIVE_UNSUPPORTED',
      message: expect.stringContaining('/a/large has 4294967296 bytes'),
    });
    expect(files()).toEqual([]);
  });

  test.each(['root.tar.zst', 'root.cpio.zst'])('%s, the same each time', async (name) => {
    await write(name);
    await write(`again.${name}`);
    expect(sha256(readFileSync(at(`again.${name}`)))).toBe(sha256(readFileSync(at(name))));
  });

  test('a content that breaks off leaves nothing', async () => {
    const tree = treeWith('/short', {
      size: 1_000_000,
      open: () => ({ read: (_, position) => (position < 500_000 ? 1000 : 0), close() {} }),
    });
    for (const name of ['root.tar', 'root.tar.gz', 'root.cpio', 'image.oci.tar', 'image.oci']) {
      await expect(write(name, {}, tree)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    }
    expect(files()).toEqual([]);
  });

  test.each(['root.tar', 'root.tar.gz', 'root.cpio.gz', 'image.oci.tar', 'image.oci'])(
    'an interrupted %s leaves nothing',
    async (name) => {
      const { host: used, controller } = host();
      const tree = treeWith('/large', {
        size: 2 ** 31,
        open: () => ({
          read(target, position) {
            if (position > 50_000_000) controller.abort();
            return target.length;
          },
          close() {},
        }),
      });
      const run = writeRoot({ tree, epoch }, at(name), {}, used);
      await expect(run).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
      expect(files()).toEqual([]);
    },
  );
});

describe('what is there', () => {
  test.each(['root.tar', 'image.oci.tar', 'image.oci', 'root'])('%s is not overwritten', async (name) => {
    writeFileSync(at(name), 'precious');
    await expect(write(name)).rejects.toMatchObject({ code: 'RB_OUTPUT_EXISTS' });
    expect(readFileSync(at(name), 'utf8')).toBe('precious');
  });

  test.each(['image.oci', 'root'])(
    'the folder %s is replaced as a whole when that is wanted',
    async (name) => {
      mkdirSync(at(name));
      writeFileSync(at(`${name}/old`), '');
      await write(name, { force: true }, treeWith('/hello', textContent('world')));
      expect(readdirSync(at(name))).not.toContain('old');
      expect(readdirSync(at(name)).length).toBeGreaterThan(0);
      expect(files()).toEqual([name]);
    },
  );

  test('a folder is no place for a file', async () => {
    mkdirSync(at('root.tar'));
    const run = write('root.tar', { force: true });
    await expect(run).rejects.toMatchObject({ code: 'RB_OUTPUT_UNWRITABLE' });
  });

  test.each(['oci', 'dir'])('where somebody lives or works is not replaced by a %s', async (format) => {
    mkdirSync(at('home/ann'), { recursive: true });
    const run = (path: string) =>
      writeRoot(
        { tree: new Tree(), epoch },
        path,
        { force: true, format: format as 'oci' },
        {
          ...host().host,
          env: { HOME: at('home/ann') },
        },
      );
    for (const path of [at('home'), at('home/ann'), process.cwd()]) {
      await expect(run(path)).rejects.toMatchObject({ code: 'RB_OUTPUT_UNWRITABLE' });
    }
    expect(readdirSync(at('home'))).toEqual(['ann']);
  });

  test('a place that is missing', async () => {
    for (const name of ['no/root.tar', 'no/image.oci', 'no/root']) {
      await expect(write(name)).rejects.toMatchObject({
        code: 'RB_OUTPUT_UNWRITABLE',
        hint: expect.stringContaining('make the folder'),
      });
    }
  });
});
