/** `rootless-bake mkfs` as an ordinary user runs it: the whole process, its thread for the contents included. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const MEBIBYTE = 1 << 20;
const suite = oracle({ tools: ['e2fsck', 'debugfs'] });
const command = ['mkfs', 'root', '-o', 'out.ext4', '--size', '96M'];
let work: Workplace;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), inject('product'));
});
afterEach(() => work.remove());

/** Many small files, some large ones: more than what starts the thread. Every byte differs from its neighbours. */
function makeRoot(): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let index = 0; index < 700; index += 1)
    files.set(`d${index % 7}/small${index}`, content(index, index * 13));
  for (const size of [5 * MEBIBYTE, 9 * MEBIBYTE + 1, 12 * MEBIBYTE - 1])
    files.set(`large${size}`, content(size, size));
  for (const [name, bytes] of files) {
    const path = work.path('root', name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, bytes);
  }
  return files;
}

function content(seed: number, size: number): Buffer {
  const block = createHash('sha512').update(`${seed}`).digest();
  const bytes = Buffer.alloc(size, block);
  for (let at = 0; at + 8 <= size; at += 4096) bytes.writeDoubleLE(at + seed, at);
  return bytes;
}

suite('mkfs', () => {
  test('holds every file of a folder, byte for byte', async () => {
    const files = makeRoot();
    const { status, stdout, stderr } = await work.run([...command, '-q']);
    expect([status, stdout], stderr).toEqual([0, 'out.ext4\n']);
    const image = work.path('out.ext4');
    execFileSync('e2fsck', ['-fn', image], { stdio: 'pipe' });
    const dump = work.path('dump');
    mkdirSync(dump);
    execFileSync('debugfs', ['-R', `rdump / ${dump}`, image], { stdio: 'pipe' });
    const differing = [...files].filter(([name, bytes]) => !readFileSync(join(dump, name)).equals(bytes));
    expect(differing.map(([name]) => name)).toEqual([]);
    expect(work.processes()).toEqual([]);
  });

  test('is the same each time, and the same from a tar', async () => {
    makeRoot();
    execFileSync('tar', [
      '--format=posix',
      '-cf',
      work.path('root.tar'),
      '--owner=0',
      '--group=0',
      '-C',
      work.path('root'),
      '.',
    ]);
    const digests = new Set<string>();
    for (const source of ['root', 'root', 'root.tar']) {
      const run = await work.run(['mkfs', source, '-o', 'out.ext4', '--size', '96M', '--force', '-q']);
      expect(run.status, run.stderr).toBe(0);
      digests.add(
        createHash('sha256')
          .update(readFileSync(work.path('out.ext4')))
          .digest('hex'),
      );
    }
    expect(digests.size).toBe(1);
  });

  test('a file that cannot be read is named, and nothing is left', async () => {
    makeRoot();
    chmodSync(work.path('root', 'd3', 'small10'), 0);
    await work.refuses(command, {
      code: 'RB_INPUT_UNREADABLE',
      says: ['d3/small10'],
      hint: 'permissions',
    });
    expect(existsSync(work.path('out.ext4'))).toBe(false);
  });

  test('an output that exists is refused, and overwritten when told', async () => {
    makeRoot();
    work.file('out.ext4', 'precious');
    await work.refuses(command, { code: 'RB_OUTPUT_EXISTS', says: ['out.ext4'], hint: '--force' });
    expect(readFileSync(work.path('out.ext4'), 'utf8')).toBe('precious');
  });

  test('a source that is not there', async () => {
    await work.refuses(command, { code: 'RB_BASE_MISSING', says: ['root'], hint: /./ });
  });
});
