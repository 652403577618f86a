/** The body of the thread that {@link ./tree-digest.ts} starts: records in, the tree's digest out. */
import { parentPort } from 'node:worker_threads';
import { treeDigest } from '../../formats/tar/index.ts';
import { type DigestRecord, recordsToTree } from './digest-records.ts';

const records: DigestRecord[] = [];

parentPort!.on('message', (batch: readonly DigestRecord[]) => {
  for (const record of batch) records.push(record);
  if (batch.length > 0) return;
  void treeDigest(recordsToTree(records)).then((digest) => {
    parentPort!.postMessage(digest);
    parentPort!.close();
  });
});
