import * as nodeFs from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTar } from '../../src/formats/tar/index.ts';
import { readDirectory } from '../../src/sources/directory.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';

oracle({ tools: ['tar', 'getfattr'], root: true })('a folder on a disk', () => {
  test('is read as the kernel shows it', async () => {
    const folder = nodeFs.mkdtempSync(join(tmpdir(), 'rb-directory-oracle-'));
    try {
      const archive = join(folder, 'rootfs.tar');
      const root = join(folder, 'root');
      nodeFs.mkdirSync(root);
      const tree = richTree();
      // Node.js has no call for xattrs, and tar makes no sockets.
      for (const { path, entry } of [...tree.walk()]) {
        entry.xattrs = new Map();
        if (entry.type === 'socket') tree.delete(path);
      }
      await writeFile(archive, writeTar(tree));
      judge('tar', ['--numeric-owner', '--warning=no-timestamp', '-xpf', archive, '-C', root]);
      const again = await readDirectory(nodeFs, root, { owner: 'keep', origin: 'test' });
      expect(differences(describeTree(again), describeFolder(root))).toEqual([]);
      expect(again.get('/zz-third')).toBe(again.get('/links/first'));
    } finally {
      nodeFs.rmSync(folder, { recursive: true });
    }
  });
});
