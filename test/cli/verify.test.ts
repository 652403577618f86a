/** `verify` as an ordinary user runs it: two whole processes below it. */
import { readdirSync } from 'node:fs';
import { kill } from 'node:process';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';
import { type Outcome, Workplace } from '../support/workplace.ts';

const product = inject('product');
let work: Workplace;
let env: Record<string, string>;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), product);
  env = { RB_CACHE_DIR: work.mkdir('cache') };
});
afterEach(() => work.remove());

function recipe(cook: object, bake: object = {}): void {
  const busybox = { path: '/bin/busybox' };
  const part = { ...installedBakeOptions(32 << 20), modules: [], busybox, ...bake };
  work.file('cake.json', JSON.stringify({ name: 'twice', cook, bake: part }));
}

/** What a run has left, the cache aside. */
const left = (): string[] => work.files().filter((name) => !/^(cache|tmp$|cake\.json)/.test(name));

oracle({
  tools: [...DEBIAN_KERNEL_TOOLS, 'proot', 'extlinux'],
  files: [ALPINE, MBR_CODE, '/bin/busybox'],
})('verify', () => {
  const verify = (...args: string[]): Promise<Outcome> => work.run(['verify', 'cake.json', ...args], env);

  test('a recipe whose bakes are equal', async () => {
    const { base } = alpineOptions(product);
    work.mkdir('files');
    recipe({ base, script: 'echo $HOME > /etc/home; umask > /etc/umask; touch /etc/now' });
    const { status, stdout, stderr } = await verify('--set', `cook.contents=[{dir: files, to: /opt}]`);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^reproducible: .*\nsha256: [0-9a-f]{64}\n$/);
    expect(stderr).toContain('✓ first: script');
    expect(stderr).toContain('✓ second bake');
    expect(left()).toEqual(['files']);
  });

  test('a script that writes what is random, and one that reads the surroundings', async () => {
    const { base } = alpineOptions(product);
    const prepare = 'echo "$TZ $LANG $HOME" > "$ROOTFS/etc/surroundings"';
    recipe({
      base,
      prepare,
      script: 'echo $RANDOM$RANDOM$RANDOM$RANDOM > /etc/random; echo same > /etc/same',
    });
    const { status, stdout, stderr } = await verify('--keep', 'both', '--json');
    expect(status).toBe(5);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      version: 1,
      name: 'twice',
      equal: false,
      error: { code: 'RB_NOT_REPRODUCIBLE', message: expect.stringContaining('2 paths') },
      blocks: [],
    });
    expect(result.differences.map(({ path }: { path: string }) => path)).toEqual([
      '/etc/random',
      '/etc/surroundings',
    ]);
    expect(stderr.match(/^error\[RB_NOT_REPRODUCIBLE\]: .*/gm)).toHaveLength(1);
    expect(readdirSync(work.path('both')).sort()).toEqual(['first.img', 'second.img']);
    const diff = await work.run(['diff', 'both/first.img', 'both/second.img'], env);
    expect([diff.status, diff.stdout]).toEqual([
      5,
      expect.stringMatching(/^~ \/etc\/random: content.*\n~ \/etc\/surroundings: content.*\n$/),
    ]);
  });

  test('a script that writes the day, and times that are not now', async () => {
    const { base } = alpineOptions(product);
    const script = [
      'date +%Y-%m-%d > /etc/day',
      'sh -c "date -u -Idate" > /etc/day-utc',
      'date -u -d @86400 +%F > /etc/fixed',
      'touch -d @86400 /tmp/old; date -r /tmp/old +%s > /etc/of-file; rm /tmp/old',
    ];
    recipe({ base, script: script.join('\n') });
    const { status, stdout } = await verify('--json');
    expect(status).toBe(5);
    const differences: { path: string }[] = JSON.parse(stdout).differences;
    expect(differences.map(({ path }) => path)).toEqual(['/etc/day', '/etc/day-utc']);
  });

  test('a clock that JavaScript reads', async () => {
    work.file(
      'cake.mjs',
      `export default { name: 'dated', cook: { base: { empty: true }, contents: [
        { symlink: new Date().toISOString().slice(0, 10), to: '/date' } ] },
        bake: ${JSON.stringify({ ...installedBakeOptions(32 << 20), busybox: { path: '/bin/busybox' } })} };`,
    );
    const { status, stdout } = await work.run(['verify', 'cake.mjs'], env);
    expect([status, stdout]).toEqual([
      5,
      expect.stringMatching(/^~ \/date: target \d{4}-\d\d-\d\d -> \d{4}-\d\d-\d\d\n$/),
    ]);
  });

  test('the error of a bake is told as its own', async () => {
    const { base } = alpineOptions(product);
    recipe({ base, script: 'echo no; exit 3' });
    const { status, stderr } = await verify();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error\[RB_SCRIPT_FAILED\]: first bake: cake\.json:1:\d+: script failed with exit code 3;/m,
    );
    expect(left()).toEqual([]);
    work.file('cake.json', JSON.stringify({ name: 'root', cook: { base: { empty: true } } }));
    const refusal = { code: 'RB_RECIPE_INVALID', says: ['no bake part'], hint: /bake:/ } as const;
    await work.refuses(['verify', 'cake.json'], refusal, { RB_CACHE_DIR: '/dev/null/none' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves nothing', async (signal) => {
    const { base } = alpineOptions(product);
    recipe({ base, script: 'touch /half; echo in the guest; sleep 1000' });
    const run = work.start(['verify', 'cake.json', '--keep', 'both', '--progress', 'plain'], env);
    await run.says('first: script | in the guest');
    kill(run.child.pid!, signal);
    const { status, stdout, stderr } = await run.outcome;
    expect(stderr.match(/^error.*/gm)).toEqual([`error[RB_INTERRUPTED]: interrupted by ${signal}`]);
    expect([status, stdout]).toEqual([130, '']);
    expect(work.processes()).toEqual([]);
    expect(left()).toEqual([]);
    expect(readdirSync(work.temporary)).toEqual([]);
  });
});
