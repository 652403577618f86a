import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTar, treeDigest, writeTar } from '../../src/formats/tar/index.ts';
import { memorySink } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { type Description, describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';

const XATTRS = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];

/** A socket is an empty file to anyone but us. */
function withoutSockets(tree: Tree): Tree {
  for (const { path, entry } of [...tree.walk()]) if (entry.type === 'socket') tree.delete(path);
  return tree;
}

oracle({ tools: ['tar', 'getfattr'], root: true })('GNU tar', () => {
  let folder: string;
  let archive: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-tar-oracle-'));
    archive = join(folder, 'rootfs.tar');
    mkdirSync(join(folder, 'root'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  async function write(tree: Tree): Promise<void> {
    const file = await open(archive, 'w');
    for await (const chunk of writeTar(tree)) await file.write(chunk);
    await file.close();
  }

  test('extracts our tar to the same root file system, without a warning', async () => {
    const tree = withoutSockets(richTree());
    await write(tree);
    const root = join(folder, 'root');
    const args = [...XATTRS, '--warning=no-timestamp', '-xpf', archive, '-C', root];
    const run = spawnSync(findTool('tar')!, args, { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(differences(describeFolder(root), describeTree(tree))).toEqual([]);
    expect(judge('sha256sum', [archive]).slice(0, 64)).toBe(await treeDigest(tree));
  });

  test.each(['pax', 'gnu', 'ustar', 'v7'])('packs a %s archive that we read', async (format) => {
    const tree = withoutSockets(richTree());
    await write(tree);
    const root = join(folder, 'root');
    judge('tar', [...XATTRS, '-xpf', archive, '-C', root]);
    const packed = join(folder, 'packed.tar');
    const options = format === 'pax' ? XATTRS : ['--numeric-owner'];
    judge('tar', [...options, `--format=${format}`, '-cf', packed, '-C', root, '.'], [0, 2]);
    const again = await readTar((await open(packed)).createReadStream(), memorySink, { origin: 'test' });
    const wanted = format === 'pax' ? describeFolder(root) : plain(describeFolder(root));
    const actual = format === 'pax' ? describeTree(again) : plain(describeTree(again));
    expect(differences(actual, common(wanted, actual, format))).toEqual([]);
  });
});

/** What formats older than PAX hold: no fractions of seconds, no xattrs, nothing below names that are too long. */
function plain(lines: Description): Description {
  return new Map(
    [...lines].map(([path, line]) => [
      path,
      line
        .replace(/mtime=(-?\d+)/, (_, time: string) => `mtime=${Math.floor(Number(BigInt(time)) / 1e9)}`)
        .replace(/^directory(.*) links=\d+/, 'directory$1')
        .replaceAll(/ [a-z]+\.\S+=[0-9a-f]*/g, ''),
    ]),
  );
}

/** Old formats have no room for some names, and cut long link targets; tar says so and goes on. */
function common(wanted: Description, actual: Description, format: string): Description {
  if (format === 'pax' || format === 'gnu') return wanted;
  const kept = new Map([...wanted].filter(([path]) => actual.has(path)));
  kept.set('/long-link', actual.get('/long-link')!);
  expect(kept.size).toBeGreaterThan(3000);
  return kept;
}
