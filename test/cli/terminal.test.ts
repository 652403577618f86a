/** What an ordinary user sees on a real terminal, and without one: goldens of the whole screen. */
import { chownSync, copyFileSync, existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { MBR_CODE } from '../support/bake-inputs.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { smallKernel } from '../support/small-kernel.ts';
import { terminalScreen } from '../support/terminal-screen.ts';
import { ordinaryUser, runAs } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const product = inject('product');
const RECORDER = readFileSync(join(import.meta.dirname, '../support/record-terminal.py'), 'utf8');
const [COLUMNS, ROWS] = [120, 30];

let work: Workplace;
let env: Record<string, string>;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), product);
  env = {
    TERM: 'xterm-256color',
    TMPDIR: work.temporary,
    RB_CACHE_DIR: work.path('cache'),
    SOURCE_DATE_EPOCH: '1700000000',
  };
});
afterEach(() => work.remove());

/** A folder to make a root of. */
function root(): void {
  work.mkdir('root');
  work.file('root/motd', 'hello\n');
}

interface Recording {
  readonly status: number;
  /** What the terminal was sent. */
  readonly raw: string;
  /** What it shows at the end. */
  readonly screen: string;
}

interface How {
  readonly more?: Record<string, string>;
  /** Ctrl-C is typed when this has been seen. */
  readonly interrupt?: string;
  /** A file of the workplace that stdout goes to: only stderr is a terminal then. */
  readonly stdout?: string;
}

function record(args: readonly string[], { more = {}, interrupt = '', stdout }: How = {}): Recording {
  const command = [process.execPath, product.cli, ...args];
  const redirected = stdout === undefined ? command : ['sh', '-c', `exec "$@" >${stdout}`, 'sh', ...command];
  const recorder = ['python3', '-c', RECORDER, String(COLUMNS), String(ROWS), interrupt];
  const run = runAs(work.user, [...recorder, ...redirected], { cwd: work.folder, env: { ...env, ...more } });
  const { status, restored } = JSON.parse(run.stderr) as { status: number; restored: boolean };
  expect(restored).toBe(true);
  const raw = run.stdout;
  return { status, raw, screen: terminalScreen(raw, COLUMNS, ROWS) };
}

/** Without a terminal. */
function plain(args: readonly string[], more: Record<string, string> = {}) {
  const command = [process.execPath, product.cli, ...args];
  return runAs(work.user, command, { cwd: work.folder, env: { ...env, ...more } });
}

/** A text without what differs from run to run and from machine to machine. */
function still(text: string): string {
  return text
    .replaceAll(work.folder, '<folder>')
    .replaceAll(/, [\d.,]+ ?(?:[KMG]?i?B)?\/s/g, '')
    .replaceAll(/ *\d+(?:\.\d)? (?:B|[KMG]iB)\b/g, ' <size>')
    .replaceAll(/ *\d+\.\d s\b/g, ' <time>')
    .replaceAll(/[0-9a-f]{64}/g, '<digest>');
}

/** Text without colours. */
function bare(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it is about
  return text.replaceAll(/\u001b\[[\d;]*m/g, '').replaceAll('\r\n', '\n');
}

const golden = (status: number | null, shown: string): string => `exit ${status}\n${still(shown)}`;

oracle({ tools: ['python3'] })('on a terminal', () => {
  test.each([
    ['first', []],
    ['help', ['help']],
  ])('the %s run', async (name, args) => {
    const { status, screen } = record(args);
    await expect(golden(status, screen)).toMatchFileSnapshot(`goldens/terminal-${name}.txt`);
  });

  test('an error in a recipe', async () => {
    work.file('cake.yaml', 'name: tiny\ncook:\n  base: { empty: true }\n  pakages: [openrc]\n');
    const { status, screen } = record(['bake', 'cake.yaml']);
    await expect(golden(status, screen)).toMatchFileSnapshot('goldens/terminal-recipe-error.txt');
  });

  test('Ctrl-C in the middle', async () => {
    root();
    const prepare = 'echo preparing; sleep 1000';
    work.file('cake.json', JSON.stringify({ name: 'tiny', cook: { base: { dir: './root' }, prepare } }));
    const files = (): string[] => work.files().filter((name) => !name.startsWith('cache'));
    const before = files();
    const { status, raw, screen } = record(['cook', 'cake.json', '-o', 'out.tar'], {
      interrupt: '| preparing',
    });
    await expect(golden(status, screen)).toMatchFileSnapshot('goldens/terminal-interrupted.txt');
    expect(raw.match(/error\[/g)).toHaveLength(1);
    expect(work.processes()).toEqual([]);
    expect(files()).toEqual(before);
  });
});

oracle({ tools: ['python3', 'extlinux', 'busybox'], files: [MBR_CODE] })('a bake', () => {
  beforeEach(() => {
    root();
    work.file('vmlinuz', smallKernel('6.1.0-small'));
    for (const [from, to] of [
      [findTool('busybox')!, 'busybox'],
      [findTool('extlinux')!, 'extlinux'],
      [MBR_CODE, 'mbr.bin'],
    ] as const) {
      copyFileSync(from, work.path(to));
      chownSync(work.path(to), work.user.uid, work.user.gid);
    }
    const bake = {
      size: '32M',
      kernel: { vmlinuz: './vmlinuz' },
      bootloader: { extlinux: './extlinux', mbr: './mbr.bin' },
      busybox: { path: './busybox' },
    };
    work.file('cake.json', JSON.stringify({ name: 'tiny', cook: { base: { dir: './root' } }, bake }));
  });
  const bake = ['bake', 'cake.json', '--force'];

  test('on a terminal: a line for each step at work, and one that stays', async () => {
    const { status, raw, screen } = record(bake);
    await expect(golden(status, screen)).toMatchFileSnapshot('goldens/terminal-bake.txt');
    const live = [...bare(raw).matchAll(/… ([a-z ]+?) \d/g)].map(([, step]) => step!);
    expect(new Set(live)).toEqual(
      new Set([...still(screen).matchAll(/^✓ ([a-z ]+?) </gm)].map(([, step]) => step!)),
    );
    const again = record(bake);
    expect(again.status).toBe(0);
    expect(still(again.screen)).toMatch(/^✓ kept image <time> {2}cached, nothing has changed$/m);
  });

  test('without a terminal, in CI, on a dumb terminal: a line for each step, and no sequence', async () => {
    const { status, stdout, stderr } = plain(bake);
    const shown = golden(status, `--- stdout\n${stdout}--- stderr\n${stderr}`);
    await expect(shown).toMatchFileSnapshot('goldens/terminal-bake-plain.txt');
    for (const more of [{ TERM: 'dumb' }, { CI: 'true' }]) {
      const { raw } = record([...bake, '--rebuild'], { more });
      expect(still(bare(raw))).toBe(still(stderr + stdout));
      expect(raw.includes('\u001b')).toBe('CI' in more);
    }
  });

  test('with NO_COLOR: the same without colours', async () => {
    const { status, raw, screen } = record(bake, { more: { NO_COLOR: '1' } });
    await expect(golden(status, screen)).toMatchFileSnapshot('goldens/terminal-bake.txt');
    expect(raw).toContain('\u001b[J');
    expect(raw).toBe(bare(raw).replaceAll('\n', '\r\n'));
  });

  test('with --json stdout is one object, and --metadata-file has the same', () => {
    const args = [...bake, '--json', '--metadata-file', 'meta.json'];
    const { status, screen } = record(args, { stdout: 'out.json' });
    expect(status).toBe(0);
    expect(screen).toContain('✓ file system');
    const text = readFileSync(work.path('out.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: 1, name: 'tiny', path: 'tiny.img', size: 32 << 20 });
    expect(readFileSync(work.path('meta.json'), 'utf8')).toBe(text);
  });

  test('with -q stdout is the path, and the terminal stays empty', () => {
    const { status, raw } = record([...bake, '-q', '--metadata-file', 'meta.json'], { stdout: 'out.txt' });
    expect({ status, raw }).toEqual({ status: 0, raw: '' });
    expect(readFileSync(work.path('out.txt'), 'utf8')).toBe('tiny.img\n');
    expect(JSON.parse(readFileSync(work.path('meta.json'), 'utf8'))).toMatchObject({ path: 'tiny.img' });
  });

  test('with --progress json stderr is a stream of events, the steps of which all end', () => {
    const { status, stderr } = plain([...bake, '--progress', 'json']);
    expect(status).toBe(0);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toEqual({ type: 'stream', version: 1, at: 0 });
    const steps = (type: string) => events.filter((event) => event['type'] === type).map(({ step }) => step);
    expect(steps('step-end').length).toBeGreaterThan(8);
    expect(steps('step-start').sort()).toEqual(steps('step-end').sort());
    expect(events.every(({ at }) => typeof at === 'number')).toBe(true);
  });

  test('that fails says which step did, and writes no metadata', () => {
    work.file('vmlinuz', 'no kernel');
    const events = plain([...bake, '--progress', 'json', '--metadata-file', 'meta.json'])
      .stderr.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      type: 'step-end',
      step: 'kernel',
    });
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'RB_KERNEL_INVALID', exitCode: 2 });
    expect(existsSync(work.path('meta.json'))).toBe(false);
    expect(plain(bake).stderr).toMatch(/^✗ kernel \d+\.\d s {2}failed\nerror\[RB_KERNEL_INVALID\]/m);
  });
});

describe('--metadata-file', () => {
  test('is looked at before anything is done', () => {
    const { status, stderr } = plain(['cook', 'absent.yaml', '--metadata-file', 'no/where.json']);
    expect(stderr).toMatch(/^error\[RB_OUTPUT_UNWRITABLE\]: cannot write no\/where.json/m);
    expect(status).toBe(2);
  });

  test('of a link is written in its place, whole', () => {
    root();
    work.file('other.json', 'precious');
    symlinkSync('other.json', work.path('meta.json'));
    const made = plain(['mkfs', 'root', '-o', 'root.ext4', '--metadata-file', 'meta.json']);
    expect(made.stdout).toContain('root.ext4: ');
    expect(readFileSync(work.path('other.json'), 'utf8')).toBe('precious');
    expect(lstatSync(work.path('meta.json')).isFile()).toBe(true);
    expect(JSON.parse(readFileSync(work.path('meta.json'), 'utf8'))).toMatchObject({
      version: 1,
      path: 'root.ext4',
    });
  });
});
