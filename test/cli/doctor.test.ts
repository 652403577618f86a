import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { CheckResult } from '../../src/doctor/check.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs, startAs } from '../support/users.ts';

const { cli } = inject('product');
const user = ordinaryUser();
let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = folderOf(user);
  runAs(user, ['mkdir', 'tmp'], { cwd: folder });
  env = { TMPDIR: join(folder, 'tmp'), RB_CACHE_DIR: join(folder, 'cache') };
});
afterEach(() => rmSync(folder, { recursive: true }));

function doctor(args: string[] = [], more: Record<string, string> = {}) {
  const command = [process.execPath, cli, 'doctor', ...args];
  return runAs(user, command, { cwd: folder, env: { ...env, ...more } });
}

function checksOf(stdout: string): Record<string, CheckResult> {
  const { version, checks } = JSON.parse(stdout) as { version: number; checks: CheckResult[] };
  expect(version).toBe(1);
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

/** The command lines of what runs in a process group (proc(5), stat). */
function membersOf(group: number): string[] {
  return readdirSync('/proc').flatMap((id) => {
    try {
      if (!/^\d+$/.test(id)) return [];
      const [, state, , itsGroup] = /^.*\) (\S) (\d+) (\d+)/s.exec(
        readFileSync(`/proc/${id}/stat`, 'latin1'),
      )!;
      if (Number(itsGroup) !== group || state === 'Z') return [];
      return [readFileSync(`/proc/${id}/cmdline`, 'latin1')];
    } catch {
      return [];
    }
  });
}

oracle({ tools: ['qemu-system-x86_64', 'proot', 'apt-get'] })('where everything is installed', () => {
  test('all is tried and works, and nothing is left', () => {
    const { status, stdout, stderr } = doctor(['--json']);
    expect([status, stderr]).toEqual([0, '']);
    const { kvm, ...checks } = checksOf(stdout);
    // Whether KVM works is up to the machine.
    expect(kvm!.required).toBe(false);
    expect(Object.entries(checks).map(([id, check]) => [id, check.status])).toEqual(
      ['node', 'wasm', 'store', 'temporary-files', 'working-folder', 'proxies', 'apt', 'proot', 'qemu'].map(
        (id) => [id, 'ok'],
      ),
    );
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['cache', 'tmp']);
  });

  test('text is aligned, and coloured only when that is wanted', () => {
    const { stdout } = doctor();
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`ok       Node.js          ${process.versions.node}`);
    expect(lines[1]).toBe('                          needed for everything');
    expect(stdout).toMatch(/\n\n(all good|1 warning: all that is required works)\n$/);
    expect(stdout).not.toContain('\u001b');
    expect(doctor([], { FORCE_COLOR: '1' }).stdout).toContain('\u001b[32mok');
  });

  test('Ctrl-C ends it with 130, and all that it has started', async () => {
    // A QEMU that would not end by itself while it is looked for.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'qemu-system-x86_64'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    const path = { PATH: `${bin}:${process.env['PATH']}` };
    const child = startAs(user, [process.execPath, cli, 'doctor'], { cwd: folder, env: { ...env, ...path } });
    while (!membersOf(child.pid!).some((command) => command.startsWith('sleep\0'))) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    process.kill(-child.pid!, 'SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
    expect(membersOf(child.pid!)).toEqual([]);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });
});

test('what is optional may be missing', () => {
  const { status, stdout } = doctor(['--json', '--offline'], { PATH: '/nowhere' });
  expect(status).toBe(0);
  const checks = checksOf(stdout);
  for (const id of ['proot', 'qemu', 'kvm', 'apt']) {
    expect(checks[id], id).toMatchObject({ status: 'warning', remedy: expect.any(String), required: false });
  }
  expect(checks['wasm']).toMatchObject({ status: 'ok' });
  expect(doctor(['-q', '--offline'], { PATH: '/nowhere' }).stdout).toBe('apt\nproot\nqemu\nkvm\n');
});

test.each([
  ['store', { RB_STORE: '/nowhere/here' }],
  ['temporary-files', { TMPDIR: '/nowhere/here' }],
])('a %s that cannot be written fails it', (id, more) => {
  const { status, stdout } = doctor(['--json'], { ...more, PATH: '/nowhere' });
  expect(status).toBe(1);
  expect(JSON.parse(stdout).healthy).toBe(false);
  expect(checksOf(stdout)[id]).toMatchObject({
    status: 'failed',
    remedy: expect.stringMatching(/name another/i),
  });
});

test('a folder that nothing can be written to is a warning', () => {
  mkdirSync(join(folder, 'closed'), { mode: 0o555 });
  const { status, stdout } = runAs(user, [process.execPath, cli, 'doctor', '--json'], {
    cwd: join(folder, 'closed'),
    env: { ...env, PATH: '/nowhere' },
  });
  expect(status).toBe(0);
  expect(checksOf(stdout)['working-folder']).toMatchObject({
    status: 'warning',
    found: `${join(folder, 'closed')} cannot be written: EACCES`,
  });
});
