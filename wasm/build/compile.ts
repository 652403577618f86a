/** Compiles C files with a few compilers at once. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BuildError } from './errors.ts';
import type { FileMap } from './tarball.ts';
import type { Job, JobResult, WorkerData } from './worker.ts';

/** One compiler needs about 0.4 GB, so there are never more than this. */
const maxWorkers = 4;

/** A job without its number, and the name that errors call it by. */
export type JobRequest = Omit<Job, 'id'> & { name: string };

/** A pool of compilers that share one file system. */
export interface Compilers {
  /**
   * Runs the jobs; the results have the jobs' order.
   * @throws {BuildError} with the compiler's words, for the first job that fails
   */
  run(jobs: readonly JobRequest[], onDone?: (done: number) => void): Promise<Uint8Array[]>;
  close(): Promise<void>;
}

/** Starts compilers over the given files (paths relative to the compiler's working directory). */
export function startCompilers(files: FileMap): Compilers {
  const workerData: WorkerData = { files };
  const count = Math.min(availableParallelism(), maxWorkers);
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  });
  return {
    async run(jobs, onDone): Promise<Uint8Array[]> {
      const results: Uint8Array[] = new Array(jobs.length);
      let next = 0;
      let done = 0;
      const serve = async (worker: Worker): Promise<void> => {
        for (let id = next++; id < jobs.length; id = next++) {
          const { name, ...job } = jobs[id]!;
          const result = await call(worker, { id, ...job });
          if ('error' in result) {
            next = jobs.length;
            throw new BuildError(`${name} does not compile:\n${result.error}`);
          }
          results[id] = result.bytes;
          onDone?.(++done);
        }
      };
      await Promise.all(workers.slice(0, jobs.length).map(serve));
      return results;
    },
    async close(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function call(worker: Worker, job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
    };
    const onMessage = (result: JobResult): void => {
      stop();
      resolve(result);
    };
    const onError = (cause: unknown): void => {
      stop();
      reject(
        new BuildError('a compiler thread failed', 'The build needs about 0.5 GB of memory a thread.', {
          cause,
        }),
      );
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.postMessage(job);
  });
}
