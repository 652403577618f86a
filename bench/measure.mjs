import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { findProgram } from './environment.mjs';

/** GNU time: what wait4(2) tells of a process and all that it waited for, which Node.js does not. */
const TIME = findProgram('time');

/**
 * Runs a command to its end, as one process tree.
 *
 * - `seconds`: wall time; `cpuSeconds`: user and system time of all processes
 * - `peakMiB`: the largest resident size of any one of them
 * - `writtenMiB`: what they wrote to files, by the kernel's count of dirtied pages
 * - `allocatedMiB`: what the image takes on the disk
 *
 * @param {readonly string[]} command
 * @param {string | undefined} image path of what it makes, if anything
 * @param {string} report path of a file to be used meanwhile
 */
export async function measure([program, ...args], image, report) {
  if (!TIME) throw new Error('GNU time is missing: install the package time');
  const command = ['-q', '-o', report, '-f', '%U %S %M %O', findProgram(program), ...args];
  const start = process.hrtime.bigint();
  const child = spawn(TIME, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const [code, end] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve([exitCode, process.hrtime.bigint()]));
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}\n${errors}`);
  const [user, system, peakKiB, sectors] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  return {
    seconds: Number(end - start) / 1e9,
    cpuSeconds: user + system,
    peakMiB: peakKiB / 1024,
    writtenMiB: sectors / 2048,
    allocatedMiB: image === undefined ? 0 : (statSync(image).blocks * 512) / (1 << 20),
  };
}
