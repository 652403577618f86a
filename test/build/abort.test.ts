/** The library as it is installed, threads and all, aborted in every kind of step: it says so and leaves nothing. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type * as Library from '../../src/index.ts';
import { MBR_CODE } from '../support/bake-inputs.ts';
import { installedLibrary } from '../support/installed-library.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { smallKernel } from '../support/small-kernel.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

const product = inject('product');
let library: typeof Library;
let inputs: string;
let folder: string;

beforeAll(async () => {
  library = await installedLibrary(product);
  inputs = mkdtempSync(join(tmpdir(), 'rb-abort-'));
  // So many entries that the check, and so many bytes that digests and contents have threads of their own.
  const entries = Array.from({ length: 6000 }, (_, index) => ({
    name: `d${index % 50}/f${index}`,
    body: 'x',
  }));
  writeFileSync(join(inputs, 'root.tar'), tarBlocks(entries));
  writeFileSync(join(inputs, 'large'), Buffer.alloc(96 << 20, 'large'));
  writeFileSync(join(inputs, 'vmlinuz'), smallKernel('6.1.0-small'));
});
afterAll(() => rmSync(inputs, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(inputs, 'run-'));
  for (const name of ['tmp', 'out', 'cache']) mkdirSync(join(folder, name));
});

type Moment = 'start' | 'soon' | 'progress';

/** A run that is aborted at a moment of a step, and what it has told. */
async function aborted(
  step: string,
  moment: Moment,
  work: (run: Partial<Library.Host>) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const events: Library.ProgressEvent[] = [];
  const emit = (event: Library.ProgressEvent): void => {
    events.push(event);
    if (!('step' in event) || event.step !== step) return;
    if (moment === 'progress' ? event.type === 'step-progress' : event.type === 'step-start') {
      if (moment === 'soon') setTimeout(() => controller.abort(), 3);
      else controller.abort();
    }
  };
  const run = { emit, signal: controller.signal, temporaryDirectory: join(folder, 'tmp') };
  const outcome = await work({ ...run, cacheDirectory: join(folder, 'cache') }).then(
    () => 'done',
    (error: unknown) => error,
  );
  expect(controller.signal.aborted, `${step} was never told`).toBe(true);
  expect(outcome).toMatchObject({ code: 'RB_INTERRUPTED' });
  expect(left()).toEqual({ tmp: [], out: [], partial: [], children: [] });
  const steps = (type: string) =>
    events.filter((event) => event.type === type).map((event) => 'step' in event && event.step);
  expect(steps('step-end').sort()).toEqual(steps('step-start').sort());
}

function left(): object {
  return {
    tmp: readdirSync(join(folder, 'tmp')),
    out: readdirSync(join(folder, 'out')),
    partial: readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\/tmp\/./.test(name),
    ),
    children: readdirSync('/proc/self/task').flatMap((id) => {
      const children = childrenOf(id);
      return children === '' ? [] : [children];
    }),
  };
}

/** The process ids of what a thread has started; a thread may end while it is looked at. */
function childrenOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/children`, 'latin1').trim();
  } catch {
    return '';
  }
}

const base = (): Library.CakeRecipe['cook'] => ({
  base: { tar: join(inputs, 'root.tar') },
  contents: [{ file: join(inputs, 'large'), to: '/large' }],
});

oracle({ tools: ['extlinux', 'busybox'], files: [MBR_CODE] })('a bake aborted in the step', () => {
  const STEPS: [step: string, moment: Moment][] = [
    ['base', 'start'],
    ['base', 'soon'],
    ['contents', 'start'],
    ['tree digest', 'start'],
    ['tree digest', 'soon'],
    ['kernel', 'start'],
    ['boot loader', 'start'],
    ['size', 'start'],
    ['size', 'soon'],
    ['file system', 'start'],
    ['file system', 'soon'],
    ['initrd', 'start'],
    ['boot files', 'start'],
    ['check', 'start'],
    ['check', 'soon'],
    ['file contents', 'start'],
    ['file contents', 'progress'],
    ['image digest', 'start'],
    ['image digest', 'soon'],
  ];

  test.each(STEPS)('%s (%s)', async (step, moment) => {
    const cake: Library.CakeRecipe = {
      name: 'aborted',
      cook: base(),
      bake: {
        size: step === 'size' ? 'auto' : '256M',
        kernel: { vmlinuz: join(inputs, 'vmlinuz') },
        bootloader: { extlinux: findTool('extlinux')!, mbr: MBR_CODE },
        busybox: { path: findTool('busybox')! },
      },
    };
    await aborted(step, moment, (run) => library.bake(cake, { ...run, output: join(folder, 'out/a.img') }));
  });
});

test.each(['prepare', 'cleanup'])('a cook aborted in the script %s', async (step) => {
  const cake = {
    name: 'aborted',
    cook: { base: { empty: true as const }, [step]: 'sleep 1000 & sleep 1000' },
  };
  await aborted(step, 'soon', (run) => library.cook(cake, run));
});

test.each(['root.tar', 'root.tar.gz', 'root.tar.zst', 'root.cpio', 'image.oci.tar', 'layout.oci', 'folder'])(
  'a root aborted while it is written to %s',
  async (name) => {
    const root = await library.cook(
      { name: 'aborted', cook: base() },
      { cacheDirectory: join(folder, 'cache') },
    );
    try {
      await aborted('write root', 'soon', (run) =>
        library.writeRoot(root, join(folder, 'out', name), {}, run),
      );
    } finally {
      await root.dispose();
    }
  },
);

test.each<[string, Moment]>([
  ['source', 'soon'],
  ['size', 'soon'],
  ['file system', 'soon'],
  ['check', 'start'],
])('mkfs aborted in the step %s (%s)', async (step, moment) => {
  const options = { source: { tar: join(inputs, 'root.tar') }, size: 'auto' as const };
  await aborted(step, moment, (run) => library.mkfs(options, { path: join(folder, 'out/a.ext4') }, run));
});

test.each<[string, Moment]>([
  ['image layer', 'soon'],
  ['push', 'start'],
])('a push aborted in the step %s (%s)', async (step, moment) => {
  // A registry that takes uploads and never ends them.
  const server = createServer((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else if (request.method === 'HEAD') response.writeHead(404).end();
    else if (request.method === 'POST')
      response.writeHead(202, { location: '/v2/a/b/blobs/uploads/1' }).end();
    else request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const root = await library.cook(
    { name: 'aborted', cook: base() },
    { cacheDirectory: join(folder, 'cache') },
  );
  try {
    await aborted(step, moment, (run) => library.push(root, `127.0.0.1:${port}/a/b:c`, {}, run));
  } finally {
    await root.dispose();
    server.closeAllConnections();
    server.close();
  }
});

test('a signal that was aborted before stops everything before it begins', async () => {
  const run = { signal: AbortSignal.abort(), temporaryDirectory: join(folder, 'tmp') };
  await expect(library.cook({ name: 'aborted', cook: base() }, run)).rejects.toMatchObject({
    code: 'RB_INTERRUPTED',
  });
  expect(left()).toMatchObject({ tmp: [], children: [] });
});
