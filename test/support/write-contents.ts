import type { BlockDevice } from 'ext2fs-wasm';
import { ContentsWriter } from '../../src/ext4/contents/contents-writer.ts';
import type { PlacedFile } from '../../src/ext4/fill.ts';
import type { FileEntry } from '../../src/tree/entry.ts';

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
