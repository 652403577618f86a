import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How often a running command's peak memory is read, in milliseconds. */
const SAMPLE = 20;

/**
 * Runs a command to its end. `peakMiB` is the largest resident size of the process itself (`VmHWM`); of a
 * script's children it says nothing.
 *
 * @param {readonly string[]} command
 * @returns {Promise<{ seconds: number, peakMiB: number }>}
 */
export async function measure([program, ...args]) {
  const start = process.hrtime.bigint();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  let peakMiB = 0;
  const sampler = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentPeak(child.pid));
  }, SAMPLE);
  const [code, end] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve([exitCode, process.hrtime.bigint()]));
  });
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}\n${errors}`);
  return { seconds: Number(end - start) / 1e9, peakMiB };
}

function residentPeak(pid) {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) / 1024 : 0;
  } catch {
    return 0; // It has ended between two samples.
  }
}
