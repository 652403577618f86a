import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { GuestCommand } from '../../src/sandbox/guest.ts';
import { GuestSession } from '../../src/sandbox/guest-session.ts';
import { findProot, type Proot } from '../../src/sandbox/proot.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { minirootfs } from '../support/apk-oracle.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';

const suite = oracle({ tools: ['proot', 'tar'], files: [ALPINE] });

suite('a session of guest commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-session-'));
  const [root, control] = [join(folder, 'root'), join(folder, 'control')];
  let proot: Proot;
  let session: GuestSession;

  beforeAll(async () => {
    for (const path of [root, control]) mkdirSync(path);
    judge('tar', ['-xpf', minirootfs(), '-C', root]);
    const { host } = testHost({ temporaryDirectory: folder });
    proot = await findProot(host);
    session = new GuestSession(proot);
  });
  afterEach(() => session.end());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function sh(script: string, more: Partial<GuestCommand> = {}, { host, events } = testHost()) {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
    const argv = ['/bin/sh', '-c', script, "it's", 'two words'];
    const result = await session.run({ root, control, argv, env, step: 'test', ...more }, host);
    return { ...result, events };
  }

  it('gives each command its own exit code, output and end', async () => {
    const first = await sh('echo "$0 $1"; echo bad >&2; printf "no line feed"; exit 3');
    expect(first.exitCode).toBe(3);
    expect([...first.lastLines].sort()).toEqual(['bad', "it's two words", 'no line feed']);
    expect(first.events).toContainEqual({ type: 'output', step: 'test', line: 'bad' });
    expect(await sh('exit 0')).toMatchObject({ exitCode: 0, lastLines: [] });
    expect((await sh('/no/such/program')).exitCode).toBe(127);
    expect((await sh('kill -9 $$')).exitCode).toBe(137);
  });

  it('gives commands no input, and only the environment that was told', async () => {
    const { lastLines } = await sh('cat; env', { collect: true });
    expect(lastLines.filter((line) => !/^(PWD|SHLVL|OLDPWD|_)=/.test(line))).toEqual([
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
  });

  it('starts anew with other binds, and leaves nothing of its own in the root', async () => {
    const before = readdirSync(join(root, 'dev')).sort();
    await sh('true');
    expect(session.placeholders).toContain('/dev/full');
    const binds = { binds: [{ host: folder, guest: '/mnt' }] };
    expect((await sh('ls /mnt', binds)).lastLines).toContain('control');
    expect((await sh('ls /mnt')).lastLines).toEqual([]);
    await session.end();
    expect(session.placeholders.size).toBe(0);
    expect(readdirSync(join(root, 'dev')).sort()).toEqual(before);
    expect(existsSync(join(root, '.rootless-bake'))).toBe(false);
  });

  it('ends what a command leaves running, before its result', async () => {
    const { events, exitCode } = await sh('sleep 300 & setsid sleep 300 >/dev/null 2>&1 & exit 4');
    expect(exitCode).toBe(4);
    expect(events).toContainEqual(expect.objectContaining({ type: 'message', level: 'warning' }));
    // The time that it has to end by itself does not pass.
    const still = testHost({ now: () => 0 });
    expect((await sh('sleep 0.2 & echo done', {}, still)).events).toEqual([
      { type: 'output', step: 'test', line: 'done' },
    ]);
  });

  it('ends with an interrupt', async () => {
    const means = testHost();
    setTimeout(() => means.controller.abort(), 500);
    await expect(sh('sleep 300', {}, means)).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    expect((await sh('echo again')).lastLines).toEqual(['again']);
  });
});
