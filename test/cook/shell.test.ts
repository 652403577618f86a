import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { loadBase } from '../../src/cook/base.ts';
import { openShell } from '../../src/cook/guest/shell.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { memorySink } from '../../src/tree/content.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';

oracle({ tools: ['proot'], files: [ALPINE] })('openShell', () => {
  it('runs a command in a copy of the root, with /proc, /dev and binds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
    try {
      const { host } = testHost({ temporaryDirectory: join(folder, 'tmp') });
      const tree = await loadBase(alpineOptions(inject('product')).base, memorySink, sourceMeans(host));
      const script =
        'test -e /proc/self/status && test -c /dev/null && rm /etc/motd && . /etc/os-release && echo $ID >/shared/out; exit 5';
      const options = {
        binds: [{ host: folder, guest: '/shared' }],
        command: ['/bin/sh', '-c', script],
      };
      expect(await openShell({ tree }, options, host)).toBe(5);
      expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('alpine\n');
      expect(tree.get('/etc/motd')).toBeDefined();
      expect(readdirSync(host.temporaryDirectory)).toEqual([]);
      const missing = openShell({ tree }, { binds: [{ host: '/nonexistent', guest: '/x' }] }, host);
      await expect(missing).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
