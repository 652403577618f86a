import {
  type BlockDevice,
  type FormatOptions,
  fileDevice,
  openWriter,
  preload,
  type Writer,
} from 'ext2fs-wasm';
import type { ImageFile } from '../disk/image-file.ts';
import type { Steps } from '../events.ts';
import { breather, type Host } from '../host.ts';
import { contentBytes, countNames, type Tree } from '../tree/tree.ts';
import { checkFileSystem } from './check.ts';
import { ContentsThread } from './contents/contents-thread.ts';
import { type ContentsTarget, ContentsWriter } from './contents/contents-writer.ts';
import { fill } from './fill.ts';
import { makeFileSystem } from './make.ts';

/** Below this many bytes of contents a thread has nothing to do that is worth telling it. */
const WORTH_A_THREAD = 16 << 20;

/** Where in an image a file system goes, in bytes. */
export interface Partition {
  readonly image: ImageFile;
  readonly offset: number;
  readonly size: number;
}

/** A file system to make. */
export interface FileSystemPlan {
  readonly format: FormatOptions;
  readonly tree: Tree;
  /**
   * Adds what goes on top of the tree, before the writer finishes.
   *
   * @returns the first 1,024 bytes of the partition, where a boot loader wants them
   */
  readonly extend?: (
    writer: Writer,
    contents: Pick<ContentsWriter, 'add'>,
  ) => Promise<Uint8Array | undefined>;
  /** Default true: e2fsck looks through the result. */
  readonly check?: boolean | undefined;
  /** Started before, by {@link prepare}, where there was time for it. */
  readonly prepared?: Prepared;
  /** Told the offset in the partition before which nothing will change any more, in bytes. */
  readonly onWritten?: (upTo: number) => void;
}

/**
 * Makes a file system and fills it. All metadata is laid out first, while a thread writes the contents whose
 * places are known already; what is left of them is written while, and after, e2fsck has looked.
 *
 * @throws Ext2fsError when there is no space, see `isNoSpace`; RB_EXT4_REFUSED; RB_EXT4_CHECK_FAILED with e2fsck's words
 */
export async function populate(
  partition: Partition,
  plan: FileSystemPlan,
  steps: Steps,
  host: Host,
): Promise<void> {
  const { image, offset, size } = partition;
  const device = fileDevice(image, image.fd, { offset, size, fresh: true });
  const prepared = plan.prepared ?? prepare();
  const shared = sharedTarget(partition, plan.tree, prepared);
  const contents = new ContentsWriter({ write: device.write, shared }, host);
  try {
    await layOut(device, plan, contents, steps, host);
    if (plan.check !== false) await steps.run('check', () => checkFileSystem(device));
    await steps.run('contents', () => contents.finish(plan.onWritten));
  } finally {
    // The thread must not write any more when the image is closed.
    await prepared.dispose();
  }
}

/** What takes a while to start, and needs nothing of the tree. */
export interface Prepared {
  readonly thread: ContentsThread | undefined;
  /** Stops the thread. */
  dispose(): Promise<void>;
}

/** Starts it, to run beside what comes before {@link populate}. Dispose of it when that is not reached. */
export function prepare(): Prepared {
  const thread = ContentsThread.start();
  // A failure is told by the first operation that needs it.
  preload().catch(() => {});
  return { thread, dispose: async () => thread?.stop() };
}

function sharedTarget(
  { image, offset }: Partition,
  tree: Tree,
  { thread }: Prepared,
): ContentsTarget['shared'] {
  if (!thread || !image.isShared || contentBytes(tree) < WORTH_A_THREAD) return undefined;
  return { thread, target: { fd: image.fd, base: offset, written: image.written } };
}

async function layOut(
  device: BlockDevice,
  { format: options, tree, extend }: FileSystemPlan,
  contents: ContentsWriter,
  steps: Steps,
  host: Host,
): Promise<void> {
  await makeFileSystem(device, options);
  const writer = await openWriter(device, { epoch: options.epoch });
  await steps.run('file system', () =>
    fill(writer, tree, {
      onEntry: entryProgress('file system', tree, host),
      onFile: (entry, { extents }) => contents.add(entry.content, extents),
    }),
  );
  const bootSector = await extend?.(writer, contents);
  writer.finish();
  if (bootSector) device.write(bootSector, 0);
}

/** Reports how far a fill has come, and lets the event loop run, once in a while. */
function entryProgress(step: string, tree: Tree, host: Host): () => Promise<void> | undefined {
  const total = countNames(tree);
  const pause = breather(host);
  let current = 0;
  return () => {
    current += 1;
    const paused = pause();
    if (paused) host.emit({ type: 'step-progress', step, current, total, unit: 'entries' });
    return paused;
  };
}
