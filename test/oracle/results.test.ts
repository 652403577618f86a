import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { treeDigest, writeTar } from '../../src/formats/tar/index.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { newc } from '../support/newc.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

oracle({ tools: ['cpio', 'tar', 'gzip', 'zstd', 'getfattr'], root: true })(
  'archives of a cooked root',
  () => {
    let folder: string;
    let place: Workplace;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'rb-results-'));
      judge('chmod', ['755', folder]);
      const tar = join(folder, 'rich.tar');
      await pipeline(writeTar(richTree()), createWriteStream(tar));
      place = new Workplace(ordinaryUser(), inject('product'));
      place.file('cake.yaml', JSON.stringify({ name: 'rich', cook: { base: { tar } } }));
    });
    afterAll(() => {
      place.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    async function cooked(output: string): Promise<string> {
      const { status, stderr } = await place.run(['cook', 'cake.yaml', '-o', output, '-q']);
      expect(status, stderr).toBe(0);
      return place.path(output);
    }

    /** What a native program makes of an archive, and its description. */
    function unpacked(command: string, archive: string) {
      const root = join(mkdtempSync(join(folder, 'root-')), 'root');
      mkdirSync(root);
      const run = spawnSync('/bin/sh', ['-c', command, 'sh', archive], { cwd: root, encoding: 'utf8' });
      expect(run.status, run.stderr).toBe(0);
      return describeFolder(root);
    }

    test.each([
      ['root.cpio', '< "$1"'],
      ['root.cpio.gz', '< <(gzip -dc "$1")'],
      ['root.cpio.zst', '< <(zstd -dcq "$1")'],
    ])('%s, by GNU cpio', async (name, input) => {
      const archive = await cooked(name);
      const script = `exec bash -c 'cpio -idmu --quiet --no-absolute-filenames ${input}' sh "$1"`;
      const wanted = newc(describeTree(richTree()));
      expect(differences(newc(unpacked(script, archive)), wanted)).toEqual([]);
    });

    test.each([
      ['root.tar', 'cat'],
      ['root.tar.gz', 'gzip'],
      ['root.tgz', 'gzip'],
      ['root.tar.zst', 'zstd'],
    ])('%s is the canonical tar, by %s', async (name, program) => {
      const archive = await cooked(name);
      const args = program === 'cat' ? [archive] : ['-dc', archive];
      const plain = spawnSync(findTool(program)!, args, { maxBuffer: 1 << 28 });
      expect(plain.status).toBe(0);
      expect(createHash('sha256').update(plain.stdout).digest('hex')).toBe(await treeDigest(richTree()));
      const again = readFileSync(await cooked(`again.${name}`));
      expect(Buffer.compare(again, readFileSync(archive))).toBe(0);
    });
  },
);
