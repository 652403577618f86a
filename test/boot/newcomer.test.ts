/** The whole way of a newcomer, in an empty folder and as the README goes: each command once, and how long it takes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, expect, inject, it } from 'vitest';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const tools = [...DEBIAN_KERNEL_TOOLS, 'apt-get', 'qemu-system-x86_64'];

oracle({ tools })('a newcomer', () => {
  const work = new Workplace(ordinaryUser(), inject('product'));
  const times: [command: string, seconds: number][] = [];
  afterAll(() => {
    work.remove();
    const lines = times.map(([command, seconds]) => `  ${seconds.toFixed(1).padStart(5)} s  ${command}\n`);
    process.stdout.write(`\nThe way of a newcomer:\n${lines.join('')}\n`);
  });

  async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const start = performance.now();
    // As with a user who has never run it: nothing is kept yet.
    const { status, stdout, stderr } = await work.run(args, { RB_CACHE_DIR: work.path('cache') });
    times.push([`rootless-bake ${args.join(' ')}`, (performance.now() - start) / 1000]);
    expect(status, stderr).toBe(0);
    return { stdout, stderr };
  }

  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

  it('gets from nothing to a machine that boots, and can tell what is in it', async () => {
    const begun = await run('init', 'first');
    expect(begun.stdout).toContain('first/cake.yaml');
    expect((await run('check', 'first')).stdout).toContain('the recipe is good');

    const before = await json('plan', 'first');
    await run('lock', 'first');
    const lock = JSON.parse(readFileSync(work.path('first/cake.lock'), 'utf8'));
    expect(lock.inputs.length).toBeGreaterThan(0);

    const baked = await json('bake', 'first', '--locked');
    expect(baked.path).toMatch(/first\.img$/);
    expect(baked.cookedSha256).toBe(lock.tree);
    const after = await json('plan', 'first', '--locked', '-o', 'other.img');
    expect([before.image.action, after.image.action]).toEqual(['make', 'restore']);

    const booted = await run('boot', 'first.img', '--snapshot', '--expect', 'login:', '--timeout', '540');
    expect(`${booted.stdout}${booted.stderr}`).toContain('login:');

    const seen = await json('inspect', 'first.img');
    expect(seen.fileSystems[0].uuid).toBe(baked.uuid);
    expect(seen.fileSystems[0].root.kernel.release).toBe(baked.kernelRelease);

    await run('report', 'first.img', '-o', 'report.html');
    expect(readFileSync(work.path('report.html'), 'utf8')).toContain(baked.kernelRelease);
    expect(statSync(work.path('report.html')).size).toBeGreaterThan(10_000);

    const verified = await json('verify', 'first', '--locked');
    expect(verified.sha256).toEqual([baked.sha256, baked.sha256]);
    expect(readdirSync(work.temporary)).toEqual([]);
  });
});
