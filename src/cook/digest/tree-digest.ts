import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { treeDigest } from '../../formats/tar/index.ts';
import { throwIfAborted } from '../../host.ts';
import { contentBytes, type Tree } from '../../tree/tree.ts';
import { treeToRecords } from './digest-records.ts';

/** Below this many bytes of contents a thread's start costs more than it saves. */
const WORTH_A_THREAD = 16 << 20;

/** There only in the compiled package: Node does not run a thread from TypeScript. */
const WORKER = new URL('./digest-worker.js', import.meta.url);

/**
 * The digest of a tree, computed beside what this thread does next where that is worth it. The tree's
 * structure is copied at once; its contents must stay readable until the promise settles.
 */
export function startTreeDigest(tree: Tree, signal: AbortSignal): Promise<string> {
  const records =
    contentBytes(tree) >= WORTH_A_THREAD && existsSync(WORKER) ? treeToRecords(tree) : undefined;
  if (!records) return treeDigest(tree);
  return inThread(records, signal).catch(() => {
    throwIfAborted(signal);
    // An error loses its type on the way between threads: this thread meets it again, or gets by.
    return treeDigest(tree);
  });
}

async function inThread(records: unknown, signal: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  const worker = new Worker(WORKER, { workerData: records });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the digest thread ended early')));
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
