/** What `plan` prints, and that it does nothing; planned in this process. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatLock } from '../../src/build/lock-file.ts';
import { run as runCli } from '../../src/cli/run.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-plan-cli-'));
  mkdirSync(join(folder, 'files'));
  mkdirSync(join(folder, 'home'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const RECIPE = {
  name: 'machine',
  cook: {
    base: { tar: 'https://mirror.example/root.tar.gz', sha256: 'a'.repeat(64) },
    packages: ['openrc', 'chrony'],
    repositories: ['https://mirror.example/v3.19/main'],
    script: 'echo one\necho two\n',
    contents: [{ dir: './files' }, { deb: 'gawk' }, { mkdir: '/srv' }],
    owners: [{ path: '/srv', owner: '7:7' }],
  },
  bake: { size: 'auto', kernel: { deb: 'linux-image-cloud-amd64' }, label: 'root', modules: ['ext4'] },
};

const GAWK = {
  kind: 'deb',
  name: 'gawk',
  key: { deb: 'gawk' },
  isFixed: true,
  versions: { gawk: '1:5.2.1-2' },
  value: {},
  files: [{ url: 'http://deb.example/gawk.deb', sha256: 'b'.repeat(64), size: 684_000 }],
};

async function run(...args: string[]): Promise<[code: number, out: string, err: string]> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(
    args.map((arg) => arg.replace('@', folder)),
    {
      stdout: { isTTY: false, columns: 80, write: (text) => out.push(`${text}`) },
      stderr: { isTTY: false, columns: 80, write: (text) => err.push(`${text}`) },
      env: { HOME: join(folder, 'home') },
      signal: new AbortController().signal,
      leaveInterrupts() {},
      version: '0',
    },
  );
  const shown = (text: string[]): string => text.join('').replaceAll(folder, '@');
  return [code, shown(out), shown(err)];
}

it('prints a table with totals, without and with a lock', async () => {
  writeFileSync(join(folder, 'cake.json'), JSON.stringify(RECIPE));
  const args = ['plan', '@/cake.json', '-o', '@/machine.img'];
  const [code, out, err] = await run(...args);
  expect([code, err]).toEqual([0, '']);
  await expect(out).toMatchFileSnapshot('goldens/plan.txt');
  const lock = formatLock({ name: 'machine', inputs: [GAWK], local: {} });
  writeFileSync(join(folder, 'cake.lock'), lock);
  await expect((await run(...args))[1]).toMatchFileSnapshot('goldens/plan-locked.txt');
  expect(readdirSync(folder).sort()).toEqual(['cake.json', 'cake.lock', 'files', 'home']);
});

it('prints one object, or the URLs that would be fetched', async () => {
  writeFileSync(join(folder, 'cake.json'), JSON.stringify(RECIPE));
  const json = JSON.parse((await run('plan', '@/cake.json', '--json', '--size', '512M'))[1]);
  expect(json).toMatchObject({
    version: 1,
    name: 'machine',
    lock: { path: '@/cake.lock', exists: false },
    root: { action: 'make' },
    image: { action: 'make', path: 'machine.img', size: 512 << 20 },
    totals: { fetch: { files: 1 }, lookUps: 4 },
  });
  expect(await run('plan', '@/cake.json', '-q')).toEqual([0, 'https://mirror.example/root.tar.gz\n', '']);
});

it('complains as check and bake do', async () => {
  const { cook } = RECIPE;
  writeFileSync(join(folder, 'cake.json'), JSON.stringify({ name: 'x', cook: { ...cook, nope: 1 } }));
  expect((await run('plan', '@/cake.json'))[2]).toContain('error[RB_RECIPE_UNKNOWN_KEY]');
  writeFileSync(join(folder, 'cake.json'), JSON.stringify(RECIPE));
  expect((await run('plan', '@/cake.json', '--locked'))[2]).toContain('error[RB_LOCK_MISSING]');
  rmSync(join(folder, 'files'), { recursive: true });
  const [code, , err] = await run('plan', '@/cake.json');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^error\[RB_INPUT_NOT_FOUND\]: @\/cake\.json:1:\d+: @\/files cannot be read$/m),
  ]);
});
