import {
  type BlockDevice,
  type FormatOptions,
  fileDevice,
  openWriter,
  preload,
  type Writer,
} from 'ext2fs-wasm';
import type { ImageFile } from '../disk/image-file.ts';
import { type Steps, stepProgress } from '../events.ts';
import { breather, type Host, pacer } from '../host.ts';
import { type TreeTotals, treeTotals } from '../tree/totals.ts';
import type { Tree } from '../tree/tree.ts';
import { checkFileSystem } from './check.ts';
import { ContentsThread } from './contents/contents-thread.ts';
import { type ContentsTarget, ContentsWriter } from './contents/contents-writer.ts';
import { fill } from './fill.ts';
import { makeFileSystem } from './make.ts';

/** Below this many bytes of contents a thread has nothing to do that is worth telling it. */
const WORTH_A_THREAD = 16 << 20;

/** A file system of this many bytes or entries takes e2fsck longer than a thread takes to start. */
const LARGE_SIZE = 16 * 2 ** 30;
const LARGE_COUNT = 5000;

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
  const { bytes: total, names: count } = await totalsOf(plan.tree, prepared, host);
  const shared = total >= WORTH_A_THREAD ? sharedTarget(partition, prepared) : undefined;
  const tell = stepProgress('file contents', 'bytes', host);
  const contents = new ContentsWriter({ write: device.write, shared }, host, () =>
    tell(Math.min(contents.done, total), total),
  );
  const place = isLarge(partition, count) ? { ...partition, signal: host.signal } : undefined;
  const laidOut = layOut(device, { ...plan, count }, contents, steps, host);
  const check = async (): Promise<void> => {
    await laidOut;
    if (plan.check !== false) await steps.run('check', () => checkFileSystem(device, place));
  };
  const checked = check();
  // What this thread checks itself, it checks before it writes the rest.
  const ready = place ? laidOut : checked;
  const write = async (): Promise<void> => {
    // Without a thread, nothing is written before all has its place.
    if (!shared) await ready;
    const work = async (): Promise<void> => {
      await ready;
      await contents.finish(plan.onWritten);
    };
    await steps.run('file contents', work, () => ({ amount: { count: total, unit: 'bytes' } }));
  };
  try {
    // Neither may go on when the image is closed.
    const outcomes = await Promise.allSettled([laidOut, checked, write()]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } finally {
    // Nor may the thread.
    await prepared.dispose();
  }
}

/** As {@link treeTotals}; what was prepared is not left behind. */
async function totalsOf(tree: Tree, prepared: Prepared, host: Host): Promise<TreeTotals> {
  try {
    return await treeTotals(tree, breather(host));
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

/** Whether a check takes so long that it is worth a thread. */
function isLarge({ image, size }: Partition, count: number): boolean {
  return image.isShared && (size >= LARGE_SIZE || count >= LARGE_COUNT);
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

function sharedTarget({ image, offset }: Partition, { thread }: Prepared): ContentsTarget['shared'] {
  if (!thread || !image.isShared) return undefined;
  return { thread, target: { fd: image.fd, base: offset, written: image.written } };
}

async function layOut(
  device: BlockDevice,
  { format: options, tree, extend, count }: FileSystemPlan & { readonly count: number },
  contents: ContentsWriter,
  steps: Steps,
  host: Host,
): Promise<void> {
  await makeFileSystem(device, options);
  const writer = await openWriter(device, { epoch: options.epoch });
  await steps.run(
    'file system',
    () =>
      fill(writer, tree, {
        onEntry: entryProgress('file system', count, host),
        onFile: (entry, { extents }) => contents.add(entry.content, extents),
      }),
    () => ({ amount: { count, unit: 'entries' } }),
  );
  const bootSector = await extend?.(writer, contents);
  // To write all metadata takes a while in one piece: not on top of what came before it.
  await pacer(0)(1);
  writer.finish();
  if (bootSector) device.write(bootSector, 0);
}

/** Reports how far a fill has come, and lets the event loop run, once in a while. */
function entryProgress(step: string, total: number, host: Host): () => Promise<void> | undefined {
  const pause = breather(host);
  const tell = stepProgress(step, 'entries', host);
  let current = 0;
  return () => {
    current += 1;
    const paused = pause();
    if (paused) tell(current, total);
    return paused;
  };
}
