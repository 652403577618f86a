import { format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { expect, test } from 'vitest';
import { type FillOptions, fill } from '../../src/ext4/fill.ts';
import { bytesContent } from '../../src/tree/content.ts';
import { type FileEntry, fileEntry, metadata } from '../../src/tree/entry.ts';
import { sparseContent } from '../../src/tree/sparse-content.ts';
import { Tree } from '../../src/tree/tree.ts';

const UUID = '99999999-9999-9999-9999-999999999999';
const meta = metadata({ origin: 'test' });

/** A file of five blocks, with a byte of data in the fourth. */
const sparseFile = (): FileEntry =>
  fileEntry(sparseContent(bytesContent(Buffer.from('x')), [{ position: 12_300, length: 1 }], 20_000), meta);

/** Position and length of the extents of each file, in bytes. */
async function extents(tree: Tree, options?: FillOptions): Promise<Record<string, number[][]>> {
  const device = memoryDevice(new Uint8Array(8 << 20));
  await format(device, { uuid: UUID, epoch: 1, blockSize: 4096 });
  const writer = await openWriter(device, { epoch: 1 });
  const places = await fill(writer, tree, options);
  writer.finish();
  const of = (entry: FileEntry) =>
    places.get(entry)!.extents.map(({ position, length }) => [position, length]);
  return Object.fromEntries(
    [...tree.walk()].flatMap(({ path, entry }) => (entry.type === 'file' ? [[path, of(entry)]] : [])),
  );
}

const HOLES = [[12_288, 4096]];
const DENSE = [[0, 20_480]];

test('files keep their holes, but not in /boot and below, whatever their other names', async () => {
  const tree = new Tree(meta);
  tree.set('/boot/grub/vmlinuz', sparseFile(), meta);
  tree.set('/bin/kernel', tree.get('/boot/grub/vmlinuz')!, meta);
  tree.set('/bootlog', sparseFile());
  expect(await extents(tree)).toEqual({
    '/bin/kernel': DENSE,
    '/boot/grub/vmlinuz': DENSE,
    '/bootlog': HOLES,
  });
});

test('the folder without holes may be another one', async () => {
  const tree = new Tree(meta);
  tree.set('/boot/vmlinuz', sparseFile(), meta);
  tree.set('/efi/vmlinuz', sparseFile(), meta);
  const actual = await extents(tree, { dense: '/efi' });
  expect(actual).toEqual({ '/boot/vmlinuz': HOLES, '/efi/vmlinuz': DENSE });
});

test('a file of nothing but a hole takes no blocks', async () => {
  const tree = new Tree(meta);
  tree.set('/hole', fileEntry(sparseContent(bytesContent(new Uint8Array()), [], 2 ** 32), meta));
  expect(await extents(tree)).toEqual({ '/hole': [] });
});
