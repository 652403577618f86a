import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpioBytes } from '../../src/formats/cpio/index.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { newc } from '../support/newc.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';

oracle({ tools: ['cpio', 'getfattr'], root: true })('GNU cpio', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-cpio-oracle-'));
    mkdirSync(join(folder, 'root'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function cpio(args: readonly string[]): string {
    const archive = cpioBytes(richTree());
    expect(archive.length % 512).toBe(0);
    const options = {
      input: archive,
      cwd: join(folder, 'root'),
      env: { LC_ALL: 'C', TZ: 'UTC' },
      maxBuffer: 1 << 26,
    };
    const run = spawnSync(findTool('cpio')!, ['--quiet', ...args], { ...options, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    return run.stdout;
  }

  test('extracts our archive to the same root file system', () => {
    cpio(['-i', '-d', '-m', '-u', '--no-absolute-filenames']);
    const wanted = newc(describeTree(richTree()));
    expect(differences(newc(describeFolder(join(folder, 'root'))), wanted)).toEqual([]);
  });

  test('lists links, devices and owners', () => {
    const lines = cpio(['-i', '-t', '-v', '-n']).split('\n');
    const shown = (name: string) => lines.find((line) => line.endsWith(` ${name}`))?.replace(/ +/g, ' ');
    expect(shown('dev/null')).toBe('crw-rw-rw- 1 0 0 1, 3 Nov 14 2023 dev/null');
    expect(shown('owner')).toBe('-rw-r--r-- 1 3000000000 70000 5 Nov 14 2023 owner');
    expect(shown('links/first')).toBe('-rw------- 3 0 0 0 Nov 14 2023 links/first');
    expect(shown('zz-third')).toBe('-rw------- 3 0 0 6 Nov 14 2023 zz-third');
  });
});
