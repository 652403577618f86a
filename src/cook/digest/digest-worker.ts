/** The body of the thread that {@link ./tree-digest.ts} starts: records in, the tree's digest out. */
import { parentPort, workerData } from 'node:worker_threads';
import { treeDigest } from '../../formats/tar/index.ts';
import { type DigestRecord, recordsToTree } from './digest-records.ts';

parentPort!.postMessage(await treeDigest(recordsToTree(workerData as DigestRecord[])));
