/** A compiler in a worker thread: compiles the C files it is sent, and links. */
import { parentPort, workerData } from 'node:worker_threads';
import { commands, Exit, runLLVM, type Tree } from '@yowasp/clang';

/** What a worker is given at its start: the compiler's file system, by path. */
export interface WorkerData {
  files: Map<string, Uint8Array>;
}

/** A job: a command line, the extra files it reads, and the file it makes. */
export interface Job {
  id: number;
  /** `cc1` runs `clang -cc1`, `link` the clang driver. */
  kind: 'cc1' | 'link';
  arguments: string[];
  files: Map<string, Uint8Array>;
  output: string;
}

/** The file that the job made, or what the compiler said. */
export type JobResult = { id: number; bytes: Uint8Array } | { id: number; error: string };

function toTree(files: Map<string, Uint8Array>, tree: Tree = {}): Tree {
  for (const [path, bytes] of files) {
    const parts = path.split('/');
    const name = parts.pop()!;
    let folder = tree;
    for (const part of parts) {
      folder[part] ??= {};
      folder = folder[part] as Tree;
    }
    folder[name] = bytes;
  }
  return tree;
}

async function run(job: Job): Promise<JobResult> {
  const output: Uint8Array[] = [];
  const keep = (bytes: Uint8Array | null): void => {
    if (bytes) output.push(bytes.slice());
  };
  const tree = toTree(job.files, toTree((workerData as WorkerData).files));
  const options = { stdout: keep, stderr: keep, fetchProgress: (): void => {} };
  try {
    const result = await (job.kind === 'cc1'
      ? runLLVM(['clang', '-cc1', ...job.arguments], tree, options)
      : commands.clang(job.arguments, tree, options));
    const bytes = result?.[job.output];
    if (bytes instanceof Uint8Array) return { id: job.id, bytes };
    return { id: job.id, error: `the compiler made no ${job.output}` };
  } catch (error) {
    if (!(error instanceof Exit)) return { id: job.id, error: String(error) };
    return { id: job.id, error: Buffer.concat(output).toString().trim() || `exit code ${error.code}` };
  }
}

const port = parentPort!;
port.on('message', async (job: Job) => {
  port.postMessage(await run(job));
});
