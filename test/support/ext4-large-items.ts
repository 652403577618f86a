import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { fileDevice, format, openWriter } from 'ext2fs-wasm';
import { fill } from '../../src/ext4/fill.ts';
import { bytesContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { EPOCH, type FileSystemChoice, UUID, writeImage } from './ext4-image.ts';
import { patternContent } from './pattern-content.ts';
import { run } from './run.ts';
import { writeContents } from './write-contents.ts';

/** What needs an image of its own for its size or its making. */
export interface LargeItem {
  readonly name: string;
  readonly fileSystems: readonly FileSystemChoice[];
  /** Writes the image and gives the tree that it holds. */
  write(image: string, choice: FileSystemChoice): Promise<Tree>;
  /** What native debugfs shows of that which makes the item what it is. */
  proof(image: string): Promise<unknown>;
  readonly proven: unknown;
}

const GIBIBYTE = 2 ** 30;
const EXT4: FileSystemChoice = { type: 'ext4', blockSize: 4096 };
const EXT4_1K: FileSystemChoice = { type: 'ext4', blockSize: 1024 };
const EXT3: FileSystemChoice = { type: 'ext3', blockSize: 4096 };
const EXT2_1K: FileSystemChoice = { type: 'ext2', blockSize: 1024 };
const meta = metadata({ origin: 'test' });
const directoryMeta = metadata({ origin: 'test', mode: 0o755, mtime: 1n });
const empty = bytesContent(new Uint8Array());

export const LARGE_ITEMS: readonly LargeItem[] = [
  {
    name: 'a directory of 200,000 entries',
    fileSystems: [EXT4, EXT2_1K],
    write: (image, choice) =>
      written(image, choice, (tree) => {
        const many = tree.makeDirectory('/many', directoryMeta);
        for (let index = 0; index < 200_000; index += 1)
          many.children.set(`entry ${index}`, fileEntry(empty, meta));
      }),
    // EXT2_INDEX_FL is 0x1000.
    proof: async (image) =>
      (Number(/Flags: (0x[0-9a-f]+)/.exec(await debugfs(image, 'stat /many'))![1]) & 0x1000) !== 0,
    proven: true,
  },
  {
    name: 'a directory of 70,000 subdirectories',
    fileSystems: [EXT4_1K],
    write: (image, choice) =>
      written(image, choice, (tree) => {
        const many = tree.makeDirectory('/many', directoryMeta);
        for (let index = 0; index < 70_000; index += 1)
          many.children.set(`${index}`, directoryEntry(directoryMeta));
      }),
    proof: async (image) => /Links: (\d+)/.exec(await debugfs(image, 'stat /many'))![1],
    proven: '1',
  },
  {
    name: 'a file of 5 GiB, mostly holes',
    fileSystems: [EXT4, EXT4_1K, EXT3, EXT2_1K],
    write: (image, choice) =>
      written(image, choice, (tree) => {
        const ends = [0, GIBIBYTE, 2 * GIBIBYTE - 3, 4 * GIBIBYTE - 100_000, 5 * GIBIBYTE - 1_000_000];
        const data = ends.map((position) => ({ position, length: 1_000_000 }));
        tree.set('/huge', fileEntry(patternContent(5 * GIBIBYTE, 1, data), meta));
      }),
    proof: async (image) => /Size: (\d+)$/m.exec(await debugfs(image, 'stat /huge'))![1],
    proven: String(5 * GIBIBYTE),
  },
  {
    name: 'a file of 300 MiB without holes',
    fileSystems: [EXT4, EXT2_1K],
    write: (image, choice) =>
      written(image, choice, (tree) => {
        tree.set('/dense', fileEntry(patternContent(300 * 2 ** 20 + 1, 2), meta));
      }),
    proof: async (image) => /Size: (\d+)$/m.exec(await debugfs(image, 'stat /dense'))![1],
    proven: String(300 * 2 ** 20 + 1),
  },
  {
    name: 'a file in more than 1,024 fragments',
    fileSystems: [EXT4, EXT4_1K, EXT3, EXT2_1K],
    write: writeFragmented,
    proof: async (image) => {
      const blocks = (await debugfs(image, 'blocks /fragmented')).trim().split(' ').map(Number);
      return blocks.filter((block, at) => block !== (blocks[at - 1] ?? 0) + 1).length > 1024;
    },
    proven: true,
  },
];

async function written(image: string, choice: FileSystemChoice, make: (tree: Tree) => void): Promise<Tree> {
  const tree = new Tree(directoryMeta);
  make(tree);
  await writeImage(image, tree, choice);
  return tree;
}

/**
 * Fills a file system up, has native debugfs remove every other file of one block, and puts a file where they
 * were: as an image is changed that has been in use.
 */
async function writeFragmented(image: string, choice: FileSystemChoice): Promise<Tree> {
  const { blockSize } = choice;
  const size = 24 * 1024 * blockSize;
  const block = patternContent(blockSize, 3);
  const tree = new Tree(directoryMeta);
  for (let index = 0; index < 4000; index += 1)
    tree.set(`/gaps/${index}`, fileEntry(block, meta), directoryMeta);
  writeFileSync(image, '');
  truncateSync(image, size);
  const fd = openSync(image, 'r+');
  try {
    const device = fileDevice({ readSync, writeSync }, fd, { size });
    await format(device, { ...choice, uuid: UUID, epoch: EPOCH, inodes: 5000 });
    const writer = await openWriter(device, { epoch: EPOCH });
    const places = await fill(writer, tree);
    const rest = new Tree(directoryMeta);
    rest.set('/rest', fileEntry(patternContent((writer.free.blocks - 150) * blockSize, 4), meta));
    for (const [entry, place] of await fill(writer, rest, { merge: true })) places.set(entry, place);
    tree.set('/rest', rest.get('/rest')!);
    writer.finish();
    await writeContents(device, places);

    const removed = Array.from({ length: 2000 }, (_, at) => `/gaps/${2 * at}`);
    await run('debugfs', ['-w', '-f', '-', image], {
      input: removed.map((path) => `rm ${path}\n`).join(''),
      messages: /^debugfs [^\n]*\n$/,
    });
    for (const path of removed) tree.delete(path);

    const added = new Tree(directoryMeta);
    added.set('/fragmented', fileEntry(patternContent(1900 * blockSize - 3, 5), meta));
    const again = await openWriter(device, { epoch: EPOCH });
    const addedPlaces = await fill(again, added, { merge: true });
    again.finish();
    await writeContents(device, addedPlaces);
    tree.set('/fragmented', added.get('/fragmented')!);
    return tree;
  } finally {
    closeSync(fd);
  }
}

async function debugfs(image: string, command: string): Promise<string> {
  return (await run('debugfs', ['-R', command, image], { messages: /./ })).toString('latin1');
}
