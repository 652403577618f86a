/** Files with holes, from GNU tar's archives and from folders, judged by GNU tar and by the kernel. */

import * as nodeFs from 'node:fs';
import {
  closeSync,
  createReadStream,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkfs } from '../../src/bake/mkfs.ts';
import { writeRootFolder } from '../../src/export/write-folder.ts';
import { readTar } from '../../src/formats/tar/index.ts';
import { readDirectory } from '../../src/sources/directory.ts';
import { dataRanges, memorySink } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { dataMap } from '../support/data-map.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { withMounted } from '../support/mount.ts';
import { judge, oracle } from '../support/oracle.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Of each file its size and the places of its data, in bytes; `large` is read past the page cache. */
// biome-ignore format: a table
const FILES: Readonly<Record<string, readonly [size: number, data: readonly (readonly [number, number])[]]>> = {
  'dense': [10_001, [[0, 10_001]]],
  'only-hole': [MEBIBYTE + 1, []],
  'hole-first': [MEBIBYTE, [[512 * KIBIBYTE, 512 * KIBIBYTE]]],
  'hole-last': [3 * MEBIBYTE + 17, [[0, 100]]],
  'ends-in-data': [2 * MEBIBYTE + 3, [[0, 1], [2 * MEBIBYTE, 3]]],
  'many': [4 * MEBIBYTE, Array.from({ length: 64 }, (_, index) => [index * 64 * KIBIBYTE + 5000, 4000] as const)],
  'large': [80 * MEBIBYTE, [[40 * MEBIBYTE + 1, 5], [79 * MEBIBYTE, 8192]]],
  'boot/vmlinuz': [MEBIBYTE, [[0, 1], [900 * KIBIBYTE, 1]]],
};

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-sparse-oracle-'));
  root = join(folder, 'root');
  for (const [name, [size, data]] of Object.entries(FILES)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, 'w');
    ftruncateSync(fd, size);
    for (const [position, length] of data) {
      writeSync(fd, Buffer.alloc(length, `${name}: ${position};`), 0, length, position);
    }
    closeSync(fd);
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The map of each file of a tree, by its name. */
function mapsOf(tree: Tree): Record<string, unknown> {
  return mapEach((name) => {
    const entry = tree.get(`/${name}`);
    return entry?.type === 'file' && dataRanges(entry.content);
  });
}

function mapEach(mapOf: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.keys(FILES).map((name) => [name, mapOf(name)]));
}

/** What the kernel says of a folder's files. */
const kernelMaps = (of: string) => mapEach((name) => dataMap(join(of, name)));

const FORMATS = [
  ['gnu', ['--format=gnu']],
  ['0.0', ['--format=posix', '--sparse-version=0.0']],
  ['0.1', ['--format=posix', '--sparse-version=0.1']],
  ['1.0', ['--format=posix', '--sparse-version=1.0']],
] as const;

function pack(options: readonly string[]): string {
  const archive = join(folder, 'root.tar');
  judge('tar', ['--sparse', ...options, '-cf', archive, '-C', root, '.']);
  return archive;
}

oracle({ tools: ['tar', 'python3', 'getfattr'], root: true })('sparse files', () => {
  test.each(FORMATS)('of GNU tar in format %s are read as GNU tar does', async (_, options) => {
    const archive = pack(options);
    expect(statSync(archive).size).toBeLessThan(2 * MEBIBYTE);
    const extracted = join(folder, 'extracted');
    mkdirSync(extracted);
    judge('tar', ['-xpf', archive, '-C', extracted]);
    const tree = await readTar(createReadStream(archive), memorySink, { origin: 'test' });
    expect(differences(describeTree(tree), describeFolder(extracted))).toEqual([]);
    expect(mapsOf(tree)).toEqual(kernelMaps(root));
  });

  test('of a folder have the holes that the kernel knows', async () => {
    const tree = await readDirectory(nodeFs, root, { owner: 'keep', origin: 'test' });
    expect(mapsOf(tree)).toEqual(kernelMaps(root));
    expect(differences(describeTree(tree), describeFolder(root))).toEqual([]);
  });

  test('keep their holes in a folder that cooking writes', async () => {
    const tree = await readDirectory(nodeFs, root, { owner: 'keep', origin: 'test' });
    const written = join(folder, 'written');
    await writeRootFolder(tree, written, testHost().host);
    expect(kernelMaps(written)).toEqual(kernelMaps(root));
    expect(judge('diff', ['-r', root, written])).toBe('');
  });
});

oracle({ tools: ['tar', 'python3', 'getfattr', 'mount', 'e2fsck'], root: true })('an ext4 image', () => {
  test.each([
    ['a folder', () => ({ dir: root, owner: 'keep' as const })],
    ['a tar', () => ({ tar: pack(['--format=posix']) })],
  ])('of %s has its holes, but in /boot', async (_, source) => {
    const image = join(folder, 'root.ext4');
    await mkfs({ source: source(), size: 64 * MEBIBYTE }, { path: image, force: false }, testHost().host);
    judge('e2fsck', ['-fn', image]);
    const expected = describeFolder(root);
    await withMounted(
      image,
      (mounted) => {
        const actual = describeFolder(mounted);
        actual.delete('/lost+found');
        for (const lines of [actual, expected]) lines.delete('/');
        expect(differences(actual, expected)).toEqual([]);
        const whole = [{ position: 0, length: MEBIBYTE }];
        expect(kernelMaps(mounted)).toEqual({ ...kernelMaps(root), 'boot/vmlinuz': whole });
      },
      0,
    );
  });
});
