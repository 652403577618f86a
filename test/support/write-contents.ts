import { type BlockDevice, format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { ContentsWriter } from '../../src/ext4/contents/contents-writer.ts';
import { fill, type PlacedFile } from '../../src/ext4/fill.ts';
import { type FileSystem, formatOptions } from '../../src/ext4/format-options.ts';
import type { FileEntry } from '../../src/tree/entry.ts';
import type { Tree } from '../../src/tree/tree.ts';

/** Writes contents to the places that `fill` gave, in this thread; the writer must have finished. */
export async function writeContents(
  device: BlockDevice,
  places: ReadonlyMap<FileEntry, PlacedFile>,
  onWritten?: (upTo: number) => void,
): Promise<void> {
  const host = { now: () => performance.now(), signal: new AbortController().signal };
  const contents = new ContentsWriter({ write: device.write }, host);
  for (const [{ content }, { extents }] of places) contents.add(content, extents);
  await contents.finish(onWritten);
}

/** A file system in memory that holds a tree, and the memory. */
export async function filled(
  tree: Tree,
  size: number,
  fileSystem: FileSystem,
): Promise<{ bytes: Uint8Array; device: BlockDevice }> {
  const bytes = new Uint8Array(size);
  const device = memoryDevice(bytes);
  await format(device, formatOptions(fileSystem));
  const writer = await openWriter(device, { epoch: fileSystem.epoch });
  const places = await fill(writer, tree);
  writer.finish();
  await writeContents(device, places);
  return { bytes, device };
}
