/** Several processes with one store, and stores that fail: whole command lines of an ordinary user. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { installedBakeOptions } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { judge, oracle } from '../support/oracle.ts';
import { Pantry } from '../support/pantry.ts';
import { sha256 } from '../support/small-image.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const tools = ['docker-registry', 'skopeo', 'extlinux', 'mount', ...DEBIAN_KERNEL_TOOLS];

oracle({ tools, root: true })('one store', () => {
  let folder: string;
  let pantry: Pantry;
  let work: Workplace;
  let store: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rb-processes-'));
    pantry = await Pantry.open(folder);
  });
  afterAll(async () => {
    await pantry?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    pantry.reset();
    work = new Workplace(ordinaryUser(), inject('product'));
    store = work.mkdir('store');
    const bake = { ...installedBakeOptions(64 << 20), busybox: { path: '/bin/busybox' } };
    work.file('cake.json', JSON.stringify({ name: 'pantry', cook: pantry.recipe, bake }));
  });
  afterEach(() => work.remove());

  const cook = (output: string) => ['cook', 'cake.json', '-o', output, '--store', store];

  /** Cooks, and gives the root's digest. */
  async function cooked(output = 'root.tar'): Promise<string> {
    const { status, stdout, stderr } = await work.run([...cook(output), '--force']);
    expect(status, stderr).toBe(0);
    return digestIn(stdout);
  }

  const digestIn = (stdout: string): string => /^sha256: ([0-9a-f]{64})$/m.exec(stdout)![1]!;

  /** What is wrong with the store: nothing, when all blobs are what they should be and nothing is half written. */
  async function faults(): Promise<string[]> {
    const { status, stdout, stderr } = await work.run(['cache', 'verify', '--json', '--store', store]);
    expect(status, stderr).toBe(0);
    const { damaged } = JSON.parse(stdout) as { damaged: unknown[] };
    return [...damaged.map((item) => JSON.stringify(item)), ...filesIn('tmp'), ...filesIn('partial')];
  }

  const filesIn = (name: string): string[] => {
    const path = join(store, name);
    const entries = existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  /** What was asked for more often than so many processes need, or not at all. */
  const oddCounts = (processes: number): string[] => {
    const files = [...pantry.counts()].filter(([url]) => /blobs\/|\.apk$|\/nar\//.test(url));
    expect(files.length).toBe(3 + 1 + 2 + 2);
    return files.filter(([, count]) => count > processes).map(([url, count]) => `${url}: ${count}`);
  };

  /** Lets nobody have the image before two have asked for it. */
  function together(): void {
    let arrive = (): void => {};
    const both = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let count = 0;
    pantry.beforeAnswer = (url) => {
      if (!url.endsWith('/manifests/one')) return undefined;
      count += 1;
      if (count === 2) arrive();
      return both;
    };
  }

  test('two processes cook at once, with an empty store', async () => {
    together();
    const runs = [work.start(cook('one.tar')), work.start(cook('two.tar'))];
    const outcomes = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(outcomes.map(({ status, stderr }) => (status === 0 ? '' : stderr))).toEqual(['', '']);
    const [one, two] = outcomes.map(({ stdout }) => digestIn(stdout));
    expect(one).toBe(two);
    expect(sha256(readFileSync(work.path('one.tar')))).toBe(sha256(readFileSync(work.path('two.tar'))));
    expect(oddCounts(2)).toEqual([]);
    expect(await faults()).toEqual([]);
    expect(await cooked()).toBe(one);
  });

  test('two processes bake at once, to different places', async () => {
    together();
    const bake = (output: string) =>
      work.start(['bake', 'cake.json', '-o', output, '--json', '--store', store]);
    const outcomes = await Promise.all(['one.img', 'two.img'].map((output) => bake(output).outcome));
    const images = outcomes.map(({ status, stdout, stderr }) => {
      expect(status, stderr).toBe(0);
      return JSON.parse(stdout) as { path: string; sha256: string };
    });
    expect(images[0]!.sha256).toBe(images[1]!.sha256);
    for (const { path, sha256: told } of images) expect(sha256(readFileSync(work.path(path)))).toBe(told);
    expect(oddCounts(2)).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test('a process is killed while it cooks, wherever it may be; another goes on', async () => {
    const wanted = await cooked();
    rmSync(store, { recursive: true });
    store = work.mkdir('store');
    // In the order in which they are asked for: what a killed process has fetched whole is not asked for again.
    const places = [
      /manifests\/one$/,
      /blobs\//,
      /1{32}\.narinfo$/,
      /\/nar\/2/,
      /APKINDEX/,
      /two-1\.0-r0\.apk$/,
    ];
    for (const place of places) {
      pantry.reset();
      const run = work.start(cook('killed.tar'));
      const reached = new Promise<string>((resolve) => {
        pantry.beforeAnswer = (url) => {
          if (place.test(url)) resolve('reached');
        };
      });
      pantry.isHalved = (url) => place.test(url);
      const ended = run.outcome.then(({ stderr }) => stderr);
      expect(await Promise.race([reached, ended])).toBe('reached');
      kill(run.child.pid!, 'SIGKILL');
      expect((await run.outcome).status).toBeNull();
    }
    expect(existsSync(work.path('killed.tar'))).toBe(false);
    pantry.reset();
    expect(await cooked()).toBe(wanted);
    // What was killed cannot clean up: its files have names that nobody asks for, and go by `cache prune`.
    expect((await faults()).filter((fault) => !fault.startsWith(join(store, 'tmp')))).toEqual([]);
  });

  test('blobs that are damaged on disk are dropped and fetched again', async () => {
    const wanted = await cooked();
    const blobs = filesIn('blobs');
    expect(blobs.length).toBeGreaterThan(10);
    for (const blob of blobs) damage(blob);
    pantry.reset();
    expect(await cooked()).toBe(wanted);
    expect(oddCounts(1)).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test('that may only be read, empty or not, is refused and stays as it is', async () => {
    const refusal = { code: 'RB_STORE_UNUSABLE', says: [store], hint: '--store' } as const;
    chmodSync(store, 0o555);
    await work.refuses(cook('refused.tar'), refusal);
    chmodSync(store, 0o755);
    await cooked();
    execFileSync('chmod', ['-R', 'a-w', store]);
    await work.refuses(cook('refused.tar'), refusal);
  });

  test('whose disk is full', async () => {
    const wanted = await cooked();
    rmSync(store, { recursive: true });
    store = work.mkdir('store');
    const { uid, gid } = work.user;
    judge('mount', ['-t', 'tmpfs', '-o', `size=6m,uid=${uid},gid=${gid},mode=700`, 'rb-full', store]);
    try {
      const outcome = await work.run(cook('full.tar'));
      expect(outcome).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('error[RB_STORE_UNUSABLE]'),
      });
      expect(outcome.stderr).toMatch(/takes no more[\s\S]*^hint: free some space/m);
      expect(existsSync(work.path('full.tar'))).toBe(false);
      expect(filesIn('tmp')).toEqual([]);
      expect(await faults()).toEqual([]);
      judge('mount', ['-o', 'remount,size=64m', store]);
      expect(await cooked()).toBe(wanted);
      expect(await faults()).toEqual([]);
    } finally {
      judge('umount', [store]);
    }
  });
});

/** Another byte in the middle; nothing else of the file tells it. */
function damage(path: string): void {
  const { mode } = statSync(path);
  chmodSync(path, 0o644);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  chmodSync(path, mode);
}
