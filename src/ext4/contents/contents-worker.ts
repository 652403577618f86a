/** The body of the threads that {@link ./contents-thread.ts} starts: a target and tasks in, what became of them out. */
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { markWritten } from '../../disk/written-map.ts';
import { Copier } from './copy.ts';
import { claim, type Task, type TaskResult, taskPieces, type WorkerTarget } from './task.ts';

parentPort!.once('message', ({ fd, base, written }: WorkerTarget) => {
  const copier = new Copier((source, offset) => {
    markWritten(written, base + offset, source.length);
    for (let done = 0; done < source.length; ) {
      done += writeSync(fd, source, done, source.length - done, base + offset + done);
    }
  });
  parentPort!.on('message', (task: Task) => {
    if (!claim(task.claim)) return;
    const result: TaskResult = { index: task.index, isDone: isCopied(copier, task) };
    parentPort!.postMessage(result);
  });
});

function isCopied(copier: Copier, task: Task): boolean {
  try {
    for (const _ of copier.copy(taskPieces(task)));
    return true;
  } catch {
    // An error loses its type on the way between threads: the other one meets it again, or gets by.
    return false;
  }
}
