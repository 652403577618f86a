import { spawn } from 'node:child_process';
import { findTool } from './oracle.ts';

export interface RunOptions {
  /** What the program reads from its standard input. */
  readonly input?: string;
  /** What it may say on its standard error; anything else counts as a failure. */
  readonly messages?: RegExp;
  /** Exit codes that are no failure. */
  readonly codes?: readonly number[];
}

/** Runs a judge to its end and gives its output; any size, and beside the work of this process. */
export function run(
  command: string,
  args: readonly string[],
  { input = '', messages = /^$/, codes = [0] }: RunOptions = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(findTool(command) ?? command, args);
    const output: Buffer[] = [];
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status !== null && codes.includes(status) && messages.test(said)) resolve(Buffer.concat(output));
      else {
        const told = `${said}\n${Buffer.concat(output).toString('latin1', 0, 10_000)}`;
        reject(new Error(`${command} ${args.join(' ')}: exit ${status ?? signal}\n${told}`));
      }
    });
    // A program that ends before it has read everything tells why by its messages.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The lines of an output, a character for each byte, without their ends. */
export function* lines(output: Buffer): Generator<string> {
  for (let start = 0; start < output.length; ) {
    const end = output.indexOf(10, start);
    yield output.toString('latin1', start, end < 0 ? output.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}
