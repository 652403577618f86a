import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { hasGlibc } from '../../src/sandbox/glibc.ts';
import { findProot } from '../../src/sandbox/proot.ts';
import { textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function hostWith(env: Record<string, string>) {
  return testHost({
    env,
    temporaryDirectory: join(folder, 'tmp'),
    cacheDirectory: join(folder, 'cache'),
  }).host;
}

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

describe('findProot', () => {
  it('says what a proot that does not run has said', async () => {
    const broken = program('broken', 'echo "ptrace(TRACEME): Operation not permitted" >&2; exit 1');
    await expect(findProot(hostWith({ RB_PROOT: broken }))).rejects.toMatchObject({
      code: 'RB_PROOT_UNAVAILABLE',
      message: expect.stringMatching(/exit code 1: ptrace\(TRACEME\): Operation not permitted/),
      hint: expect.stringContaining('ptrace must be allowed'),
    });
  });

  it('waits for nothing that a proot leaves behind, not even what is stopped', async () => {
    const broken = program('broken', "sh -c 'kill -STOP $$' & echo $! >&2; exit 1");
    const error = await findProot(hostWith({ RB_PROOT: broken })).catch((thrown: Error) => thrown);
    const left = [...String(error).matchAll(/exit code 1: (\d+)/g)].map(([, pid]) => Number(pid));
    expect(left.length).toBeGreaterThan(0);
    for (const pid of left)
      await expect.poll(() => existsSync(`/proc/${pid}/exe`), { timeout: 60_000 }).toBe(false);
  });

  it('leaves nothing that would keep the process from ending when there is no such program', () => {
    const code = `import { findProot } from '${inject('product').root}/dist/sandbox/proot.js';
      import { nodeHost } from '${inject('product').root}/dist/node-host.js';
      const env = { RB_PROOT: '/nowhere/proot' };
      const [temporaryDirectory, cacheDirectory] = process.argv.slice(1);
      const { code } = await findProot(nodeHost({ env, temporaryDirectory, cacheDirectory })).catch((error) => error);
      console.log(code, process.getActiveResourcesInfo().includes('Timeout'));`;
    const folders = ['tmp', 'cache'].map((name) => join(folder, name));
    expect(judge(process.execPath, ['--input-type=module', '-e', code, ...folders])).toBe(
      'RB_PROOT_UNAVAILABLE false\n',
    );
  });

  it('names everything that was tried when there is none', async () => {
    const failure = findProot(hostWith({ PATH: folder }));
    await expect(failure).rejects.toMatchObject({
      code: 'RB_PROOT_UNAVAILABLE',
      message: expect.stringContaining("Debian's packages: "),
    });
  });
});

oracle({ tools: ['proot'] })('findProot with a real proot', () => {
  it('takes the one on PATH, or the one that RB_PROOT names', async () => {
    const proot = findTool('proot')!;
    mkdirSync(join(folder, 'bin'));
    symlinkSync(proot, join(folder, 'bin/proot'));
    const onPath = await findProot(hostWith({ PATH: `relative:${join(folder, 'bin')}` }));
    expect(onPath).toMatchObject({ program: join(folder, 'bin/proot'), origin: 'PATH' });
    expect((await findProot(hostWith({ RB_PROOT: proot, PATH: '' }))).origin).toBe('RB_PROOT');
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });
});

oracle({ tools: ['apt-get', 'apt-cache'] })('a proot from Debian', () => {
  it('is fetched once, unpacked into the cache, and runs', async () => {
    mkdirSync(join(folder, 'bin'));
    for (const name of ['apt-get', 'apt-cache', 'dpkg']) {
      const tool = findTool(name);
      if (tool) symlinkSync(tool, join(folder, 'bin', name));
    }
    const host = hostWith({ ...(process.env as Record<string, string>), PATH: join(folder, 'bin') });
    const proot = await findProot(host);
    expect(proot.origin).toMatch(/^Debian's proot \d/);
    expect(proot.program).toMatch(/tools\/proot-[^/]+\/proot$/);
    const offline = { ...host, env: { PATH: '' } };
    expect(await findProot(offline)).toEqual(proot);
  });
});

describe('hasGlibc', () => {
  it('finds the loader, also behind links', () => {
    const tree = new Tree();
    expect(hasGlibc(tree)).toBe(false);
    const meta = metadata({ origin: 'base' });
    tree.set('/usr/lib64/ld-linux-x86-64.so.2', fileEntry(textContent('ELF'), meta));
    tree.set('/lib64', symlinkEntry('usr/lib64', meta));
    expect(hasGlibc(tree)).toBe(true);
  });
});
