import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { treeDigest } from '../../formats/tar/index.ts';
import { breather, type Host, throwIfAborted } from '../../host.ts';
import type { Tree } from '../../tree/tree.ts';
import { type DigestRecord, isReadableElsewhere, treeToRecords } from './digest-records.ts';

/** Below this many bytes of contents a thread's start costs more than it saves. */
const WORTH_A_THREAD = 16 << 20;

/** There only in the compiled package: Node does not run a thread from TypeScript. */
const WORKER = new URL('./digest-worker.js', import.meta.url);

/** Milliseconds of sending after which the event loop gets a turn. */
const SEND_INTERVAL = 20;

/** Records that are sent at once. */
const BATCH = 500;

/**
 * The digest of a tree, computed beside what this thread does next where that is worth it. The tree must not
 * change, and its contents must stay readable, until the promise settles.
 *
 * @param bytes of all its contents
 */
export async function startTreeDigest(
  tree: Tree,
  bytes: number,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<string> {
  const { signal } = host;
  const isElsewhere =
    bytes >= WORTH_A_THREAD && existsSync(WORKER) && (await isReadableElsewhere(tree, breather(host)));
  if (!isElsewhere) return await treeDigest(tree, { signal });
  try {
    return await inThread(tree, host);
  } catch {
    throwIfAborted(signal);
    // An error loses its type on the way between threads: this thread meets it again, or gets by.
    return await treeDigest(tree, { signal });
  }
}

async function inThread(tree: Tree, host: Pick<Host, 'now' | 'signal'>): Promise<string> {
  const { signal } = host;
  throwIfAborted(signal);
  const worker = new Worker(WORKER);
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const digest = new Promise<string>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the digest thread ended early')));
    });
    const [found] = await Promise.all([digest, send(tree, worker, host)]);
    return found;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** Sends a tree in pieces, and an empty one at the end: as a whole it would hold up this thread. */
async function send(tree: Tree, worker: Worker, host: Pick<Host, 'now' | 'signal'>): Promise<void> {
  const pause = breather(host, SEND_INTERVAL);
  let batch: DigestRecord[] = [];
  for (const record of treeToRecords(tree)) {
    if (batch.push(record) < BATCH) continue;
    worker.postMessage(batch);
    batch = [];
    await pause();
  }
  if (batch.length > 0) worker.postMessage(batch);
  worker.postMessage([]);
}
