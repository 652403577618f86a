/** Whole command lines of an ordinary user that are interrupted wherever they may be, and leave nothing. */
import { chownSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { serialBootDisk } from '../../src/vm/boot-sector.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { installedBakeOptions } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { tarBlocks } from '../support/tar-blocks.ts';
import { ordinaryUser } from '../support/users.ts';
import { type Running, Workplace } from '../support/workplace.ts';

const product = inject('product');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cook = ['cook', 'cake.json', '-o', 'out.tar', '--progress', 'plain'];
let work: Workplace;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), product);
});
afterEach(() => work.remove());

function recipe(cook: object, bake?: object): void {
  work.file('cake.json', JSON.stringify({ name: 'long', cook, ...(bake && { bake }) }));
}

/** Interrupts what runs: it must end by itself, say why, and leave nothing. */
async function interrupt(
  run: Running,
  before: readonly string[],
  signal: (typeof SIGNALS)[number] = 'SIGINT',
  target = run.child.pid!,
): Promise<void> {
  kill(target, signal);
  const { status, stdout, stderr } = await run.outcome;
  if (stderr.startsWith('{')) {
    const last: unknown = JSON.parse(stderr.trimEnd().split('\n').at(-1)!);
    expect(last).toMatchObject({
      type: 'error',
      code: 'RB_INTERRUPTED',
      message: `interrupted by ${signal}`,
    });
  } else {
    expect(stderr).toContain(`error[RB_INTERRUPTED]: interrupted by ${signal}\n`);
  }
  expect(stderr.match(/^error|"type":"error"/gm)).toHaveLength(1);
  expect(status).toBe(130);
  expect(stdout).toBe('');
  expect(work.processes()).toEqual([]);
  expect(work.files()).toEqual(before);
}

oracle({ tools: ['proot'], files: [ALPINE] })('a cook', () => {
  test.each(SIGNALS)('%s during the script', async (signal) => {
    const { base } = alpineOptions(product);
    recipe({ base, script: 'touch /half; echo in the guest; sleep 1000 & setsid sleep 1000 & wait' });
    const before = work.files();
    const run = work.start(cook);
    await run.says('script | in the guest');
    await interrupt(run, before, signal);
  });

  test('during a script that ignores signals', async () => {
    const { base } = alpineOptions(product);
    recipe({ base, script: 'trap "" INT TERM HUP; echo deaf; while :; do sleep 1; done' });
    const before = work.files();
    const run = work.start(cook);
    await run.says('script | deaf');
    await interrupt(run, before);
  });

  test('a second signal ends it at once, guests too', async () => {
    const { base } = alpineOptions(product);
    recipe({ base, script: 'trap "" INT TERM HUP; echo deaf; while :; do sleep 1; done' });
    const run = work.start(cook);
    await run.says('script | deaf');
    // Twice the same signal, sent before the first is seen, would be one.
    kill(run.child.pid!, 'SIGTERM');
    kill(run.child.pid!, 'SIGINT');
    expect((await run.outcome).status).toBe(130);
    await expect.poll(() => work.processes(), { timeout: 60_000 }).toEqual([]);
  });

  test('during prepare on the host', async () => {
    recipe({ base: { empty: true }, prepare: 'echo preparing; sleep 1000 & sleep 1000' });
    const before = work.files();
    const run = work.start(cook);
    await run.says('prepare | preparing');
    await interrupt(run, before);
  });

  test('by the terminal, which tells the whole group', async () => {
    recipe({ base: { empty: true }, prepare: 'echo preparing; sleep 1000' });
    const before = work.files();
    const run = work.start(cook);
    await run.says('prepare | preparing');
    await interrupt(run, before, 'SIGINT', -run.child.pid!);
  });
});

oracle({ tools: ['proot'], files: [ALPINE] })('a download', () => {
  let server: Server;
  let asked: Promise<void>;

  /** A repository whose packages never come. */
  beforeEach(async () => {
    const [folder] = alpineOptions(product).repositories;
    asked = new Promise((resolve) => {
      server = createServer(({ url }, response) => {
        if (url!.endsWith('APKINDEX.tar.gz')) response.end(readFileSync(join(folder, url!)));
        else response.writeHead(200, { 'content-length': 1_000_000 }).write('x', () => resolve());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('by apk add', async () => {
    const { base } = alpineOptions(product);
    recipe({ base, repositories: [url()], packages: ['doas'] });
    const env = { RB_CACHE_DIR: work.mkdir('cache') };
    const before = work.files().filter((name) => !name.startsWith('cache/'));
    const run = work.start(cook, env);
    await asked;
    kill(run.child.pid!, 'SIGINT');
    const { status, stderr } = await run.outcome;
    expect(stderr).toContain('error[RB_INTERRUPTED]: interrupted by SIGINT\n');
    expect(status).toBe(130);
    expect(work.processes()).toEqual([]);
    expect(work.files().filter((name) => !name.startsWith('cache/'))).toEqual(before);
  });

  test('of a base', async () => {
    recipe({ base: { tar: `${url()}/root.tar`, sha256: '0'.repeat(64) } });
    const before = work.files();
    const run = work.start(cook);
    await asked;
    await interrupt(run, before);
  });
});

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'busybox'] })('a bake', () => {
  const ENTRIES = 60_000;

  test.each(['SIGINT', 'SIGTERM'] as const)('%s while the root is written', async (signal) => {
    const files = Array.from({ length: ENTRIES }, (_, index) => ({ name: `d${index % 100}/f${index}` }));
    const tar = work.file('root.tar', tarBlocks(files));
    // Large enough for the tree's digest to be computed in a thread beside.
    const file = work.file('large', Buffer.alloc(64 << 20, 'large'));
    const busybox = { path: findTool('busybox') };
    recipe(
      { base: { tar }, contents: [{ file, to: '/large' }] },
      { ...installedBakeOptions(0), size: '2G', busybox },
    );
    work.file('out.img', 'precious');
    const before = work.files();
    const run = work.start(['bake', 'cake.json', '-o', 'out.img', '--force', '--progress', 'json']);
    await run.says('{"type":"step-progress","step":"file system"');
    await interrupt(run, before, signal);
  });
});

oracle({ tools: ['qemu-system-x86_64'] })('a boot', () => {
  const boot = ['boot', 'quiet.img', '--accel', 'tcg', '--expect', 'never'];

  async function booting(): Promise<{ run: Running; before: string[] }> {
    const image = work.file('quiet.img', serialBootDisk('nothing more\r\n'));
    chownSync(image, work.user.uid, work.user.gid);
    const before = work.files();
    const run = work.start(boot);
    await expect
      .poll(() => work.processes(), { timeout: 60_000 })
      .toContainEqual(expect.stringMatching(/^[^\0]*qemu-system-x86_64\0/));
    return { run, before };
  }

  test.each(SIGNALS)('%s', async (signal) => {
    const { run, before } = await booting();
    await interrupt(run, before, signal);
  });

  test('killed without mercy, it takes QEMU along', async () => {
    const { run } = await booting();
    kill(run.child.pid!, 'SIGKILL');
    await run.outcome;
    await expect.poll(() => work.processes(), { timeout: 60_000 }).toEqual([]);
  });
});
