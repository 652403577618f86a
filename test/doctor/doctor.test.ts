import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judgePackages } from '../../src/doctor/apt.ts';
import type { Check } from '../../src/doctor/check.ts';
import { doctor } from '../../src/doctor/doctor.ts';
import { folderFacts, judgeFolder } from '../../src/doctor/folder-facts.ts';
import { judgeNode } from '../../src/doctor/node.ts';
import { proxies } from '../../src/doctor/proxies.ts';
import { temporaryFiles } from '../../src/doctor/temporary-files.ts';
import { wasm } from '../../src/doctor/wasm.ts';
import { RootlessBakeError } from '../../src/errors.ts';
import { testHost } from '../support/host.ts';

const fine: Check = {
  id: 'fine',
  title: 'fine',
  neededFor: 'tests',
  required: true,
  patience: 10_000,
  look: () => ({ status: 'ok', found: 'it is' }),
};
const failing = (over: Partial<Check>): Check => ({
  ...fine,
  look() {
    throw new RootlessBakeError('RB_APT_MISSING', 'no apt', { hint: 'install it' });
  },
  ...over,
});

describe('the run', () => {
  test('an error is what was found, its hint the remedy; only what is required fails', async () => {
    const { host } = testHost();
    const { healthy, checks } = await doctor(host, [fine, failing({ required: false })]);
    expect(healthy).toBe(true);
    expect(checks).toEqual([
      expect.objectContaining({ id: 'fine', status: 'ok', found: 'it is', milliseconds: expect.any(Number) }),
      expect.objectContaining({ status: 'warning', found: 'no apt', remedy: 'install it' }),
    ]);
    expect(await doctor(host, [fine, failing({})])).toMatchObject({
      healthy: false,
      checks: [{ status: 'ok' }, { status: 'failed' }],
    });
  });

  test('what does not end is given up, and told to', async () => {
    let reason: unknown;
    const endless: Check = {
      ...fine,
      patience: 20,
      look: ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
        }),
    };
    const { checks } = await doctor(testHost().host, [endless, fine]);
    expect(checks).toMatchObject([
      { status: 'failed', found: 'no end within 0.02 s', remedy: expect.any(String) },
      { status: 'ok' },
    ]);
    expect(reason).toMatchObject({ name: 'TimeoutError' });
  });

  test('an abort ends it', async () => {
    const { host, controller } = testHost();
    const run = doctor(host, [{ ...fine, look: () => new Promise(() => {}) }]);
    controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'enough'));
    await expect(run).rejects.toMatchObject({ code: 'RB_INTERRUPTED', message: 'enough' });
    await expect(doctor(host, [fine])).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
  });
});

test.each([
  ['20.19.0', 'ok'],
  ['20.20.1', 'ok'],
  ['24.1.0', 'ok'],
  ['20.18.9', 'failed'],
  ['18.20.0', 'failed'],
])('Node.js %s is %s', (version, status) => {
  expect(judgeNode(version, '20.19')).toMatchObject({ status });
});

test('WebAssembly makes and checks a file system', async () => {
  expect(await wasm.look(testHost().host)).toMatchObject({ status: 'ok' });
});

describe('folders', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-doctor-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are tried by a file that is gone again', () => {
    const { free, isSparse } = folderFacts(folder);
    expect(free).toBeGreaterThan(0);
    expect(isSparse).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('below one that takes none are told at once', async () => {
    const { host } = testHost({ temporaryDirectory: '/proc/none/below' });
    const { checks } = await doctor(host, [temporaryFiles]);
    expect(checks).toMatchObject([
      {
        status: 'failed',
        found: expect.stringContaining('/proc/none/below'),
        remedy: expect.stringContaining('TMPDIR'),
      },
    ]);
  });

  test.each([
    [{ free: 2 ** 40, isSparse: true }, 'ok'],
    [{ free: 2 ** 40, isSparse: false }, 'warning'],
    [{ free: 500 << 20, isSparse: true }, 'warning'],
    [{ free: 1 << 20, isSparse: true }, 'failed'],
  ] as const)('%j is %s', (facts, status) => {
    const { remedy, ...outcome } = judgeFolder('/x', facts, 64 << 20, 'Make room.');
    expect(outcome.status).toBe(status);
    expect(remedy !== undefined).toBe(status !== 'ok');
  });
});

test('a kernel that apt does not know is told, with what to take instead', () => {
  expect(judgePackages([])).toEqual({
    status: 'ok',
    found: 'its lists have busybox-static, extlinux, linux-image-cloud-amd64',
  });
  expect(judgePackages(['linux-image-cloud-amd64'])).toMatchObject({
    status: 'warning',
    found: 'its lists have busybox-static, extlinux, but not linux-image-cloud-amd64',
    remedy: expect.stringContaining('{ apk: linux-virt }'),
  });
});

describe('proxies', () => {
  const look = (env: Record<string, string>) => proxies.look(testHost({ env }).host);

  test('none', () => {
    expect(look({})).toEqual({ status: 'ok', found: 'none' });
  });

  test('without the secrets that are in them', () => {
    const outcome = look({
      HTTPS_PROXY: 'http://user:secret@proxy.example:3128',
      http_proxy: 'name:hidden@other.example:80',
      no_proxy: 'localhost',
    });
    expect(outcome).toEqual({
      status: 'ok',
      found:
        'https by http://***@proxy.example:3128/, http by http://***@other.example/, except for localhost',
    });
  });

  test('one that cannot be used', async () => {
    const { checks } = await doctor(testHost({ env: { all_proxy: 'socks5://u:secret@x:1' } }).host, [
      proxies,
    ]);
    expect(checks[0]).toMatchObject({ status: 'warning', remedy: expect.stringContaining('http') });
    expect(JSON.stringify(checks)).not.toContain('secret');
  });
});
