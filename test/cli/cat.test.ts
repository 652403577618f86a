/** Bytes on stdout go no faster than they are read. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';

it('waits for who reads slowly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-cat-'));
  try {
    mkdirSync(join(folder, 'root'));
    writeFileSync(join(folder, 'root/holes'), '');
    truncateSync(join(folder, 'root/holes'), 16 << 20);
    let waiting = 0;
    let most = 0;
    let all = 0;
    const code = await run(['cat', join(folder, 'root'), '/holes'], {
      stdout: {
        isTTY: false,
        columns: 80,
        write(bytes) {
          all += bytes.length;
          waiting += bytes.length;
          most = Math.max(most, waiting);
        },
        async drained() {
          waiting = 0;
        },
      },
      stderr: { isTTY: false, columns: 80, write() {} },
      env: {},
      signal: new AbortController().signal,
      leaveInterrupts() {},
      version: '0',
    });
    expect([code, all, most]).toEqual([0, 16 << 20, 1 << 20]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
