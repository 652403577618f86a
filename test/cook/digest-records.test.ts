import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isReadableElsewhere, recordsToTree, treeToRecords } from '../../src/cook/digest/digest-records.ts';
import { treeDigest } from '../../src/formats/tar/index.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { createSpool } from '../../src/store/spool.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { richTree } from '../support/rich-tree.ts';

const meta = metadata({ origin: 'test' });

describe('digest records', () => {
  it('carry all that a tree’s digest depends on to another thread', async () => {
    const spool = createSpool(tmpdir());
    const tree = richTree();
    const large = await spool.put([new Uint8Array(100_000).fill(9)]);
    const self = readHostFile(nodeFs, import.meta.filename);
    tree.set('/spooled', fileEntry(large, meta));
    tree.set('/on-disk', fileEntry(self, meta));
    const sent = structuredClone([...treeToRecords(tree)]);
    expect(await treeDigest(recordsToTree(sent))).toBe(await treeDigest(tree));
    spool.close();
  });

  it('are not made of contents that only this thread can read', async () => {
    const tree = richTree();
    const content = { size: 5, open: () => ({ read: () => 0, close() {} }) };
    tree.set('/elsewhere', fileEntry(content, meta));
    expect(await isReadableElsewhere(tree, () => undefined)).toBe(false);
    expect(await isReadableElsewhere(richTree(), () => undefined)).toBe(true);
  });
});
