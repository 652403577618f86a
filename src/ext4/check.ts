import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type BlockDevice, type CheckResult, check, preload } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';
import { throwIfAborted } from '../host.ts';
import type { CheckRequest } from './check-worker.ts';

/** There only in the compiled package: Node does not run a thread from TypeScript. */
const WORKER = new URL('./check-worker.js', import.meta.url);

/** A file system in a file that a thread of this process can read as well. */
export interface CheckPlace {
  readonly image: { readonly fd: number };
  /** Where in the file it starts, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/**
 * Runs e2fsck, read only, over a finished file system.
 *
 * @param place the same file system for a thread, where it is so large that this one should not wait
 * @throws RB_EXT4_CHECK_FAILED with e2fsck's own words; the reason of the signal
 */
export async function checkFileSystem(device: BlockDevice, place?: CheckPlace): Promise<void> {
  const { clean, output } =
    place && existsSync(WORKER) ? await checkInThread(device, place) : await check(device);
  if (clean) return;
  throw new RootlessBakeError(
    'RB_EXT4_CHECK_FAILED',
    `e2fsck finds faults in the new file system:\n${output}`,
    {
      hint: 'this is a fault of rootless-bake: please report it with the recipe',
    },
  );
}

async function checkInThread(
  device: BlockDevice,
  { image, offset, size, signal }: CheckPlace,
): Promise<CheckResult> {
  throwIfAborted(signal);
  const request: CheckRequest = { wasm: await preload(), fd: image.fd, offset, size };
  const worker = new Worker(WORKER, { workerData: request });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<CheckResult>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread of the check ended early')));
    });
  } catch {
    throwIfAborted(signal);
    // An error loses its type on the way between threads: this thread meets it again, or gets by.
    return await check(device);
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
