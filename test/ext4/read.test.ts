import { type BlockDevice, memoryDevice } from 'ext2fs-wasm';
import { describe, expect, it } from 'vitest';
import { readTree } from '../../src/ext4/read.ts';
import { readContent } from '../../src/tree/content.ts';
import { type FileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { richTree } from '../support/rich-tree.ts';
import { filled } from '../support/write-contents.ts';

const MEBIBYTE = 1 << 20;
const root = { uuid: '99999999-9999-9999-9999-999999999999', epoch: 1_700_000_000 };

describe('readTree', () => {
  it('gives back the tree that was written: everything an entry has, and its content', async () => {
    const { device } = await filled(richTree(), 64 * MEBIBYTE, root);
    const tree = await readTree(device, { origin: 'image' });
    expect(differences(describeTree(tree), describeTree(richTree()))).toEqual([]);
    expect(tree.get('/links/second')).toBe(tree.get('/zz-third'));
    expect(tree.get('/setuid')!.origin).toBe('image');
  });

  it('keeps lost+found as a directory, and tells where data lies', async () => {
    const written = new Tree(metadata({ mode: 0o755, origin: 'test' }));
    const { device } = await filled(written, 8 * MEBIBYTE, root);
    const tree = await readTree(device, { origin: 'image' });
    expect([...tree.root.children.keys()]).toEqual(['lost+found']);
    expect(tree.get('/lost+found')).toMatchObject({ type: 'directory', mode: 0o700 });
    const rich = await readTree((await filled(richTree(), 64 * MEBIBYTE, root)).device, { origin: 'image' });
    const large = rich.get('/large') as FileEntry;
    expect(large.content.data).toEqual([{ position: 0, length: 5_000_001 }]);
    expect((rich.get('/empty') as FileEntry).content.data).toEqual([]);
  });

  it('reads contents lazily, at any position', async () => {
    const { device } = await filled(richTree(), 64 * MEBIBYTE, root);
    const tree = await readTree(device, { origin: 'image' });
    const { content } = tree.get('/large') as FileEntry;
    const whole = readContent((richTree().get('/large') as FileEntry).content);
    const reader = content.open();
    const piece = new Uint8Array(10_000);
    expect(reader.read(piece, 4_995_000)).toBe(5001);
    expect(Buffer.compare(piece.subarray(0, 5001), whole.subarray(4_995_000))).toBe(0);
    expect(reader.read(piece, 5_000_001)).toBe(0);
    reader.close();
  });

  it('refuses what is no file system, in its own words', async () => {
    const nothing = memoryDevice(new Uint8Array(MEBIBYTE));
    await expect(readTree(nothing, { origin: 'image' })).rejects.toMatchObject({
      code: 'RB_EXT4_UNREADABLE',
      message: expect.stringContaining('file system'),
    });
  });

  it('reads no content that is not there any more', async () => {
    const { bytes } = await filled(richTree(), 64 * MEBIBYTE, root);
    const whole = memoryDevice(bytes);
    let size = bytes.length;
    const shrinking: BlockDevice = {
      ...whole,
      get size() {
        return size;
      },
    };
    const tree = await readTree(shrinking, { origin: 'image' });
    size = MEBIBYTE;
    expect(() => readContent((tree.get('/large') as FileEntry).content)).toThrow(
      expect.objectContaining({ code: 'RB_EXT4_UNREADABLE' }),
    );
  });
});
