import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../src/errors.ts';
import { serialBootDisk } from '../../src/vm/boot-sector.ts';
import { oracle } from '../support/oracle.ts';
import { shownInTime } from '../support/slow-guest.ts';

const { cli } = inject('product');
let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-cli-'));
  mkdirSync(join(folder, 'tmp'));
  mkdirSync(join(folder, 'root/etc'), { recursive: true });
  writeFileSync(join(folder, 'root/etc/motd'), 'hello\n');
  file('cake.yaml', 'name: tiny\ncook:\n  base: { dir: ./root }\n');
  env = {
    PATH: process.env['PATH']!,
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    SOURCE_DATE_EPOCH: '1700000000',
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Uint8Array): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: string[], more: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...env, ...more },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The outcome as text, with what differs from run to run taken out. */
function golden({ status, stdout, stderr }: Outcome): string {
  const still = (text: string) =>
    text
      .replaceAll(folder, '<folder>')
      .replaceAll(/\d+\.\d s/g, '<time>')
      .replaceAll(/[0-9a-f]{64}/g, '<digest>');
  return `exit ${status}\n--- stdout\n${still(stdout)}--- stderr\n${still(stderr)}`;
}

describe('usage', () => {
  const cases: Record<string, string[]> = {
    nothing: [],
    help: ['--help'],
    'help-bake': ['help', 'bake'],
    'help-boot': ['boot', '--help'],
    'unknown-command': ['bkae', 'hello'],
    'unknown-option': ['bake', 'hello', '--forse'],
    'this-folder': ['bake'],
    'two-recipes': ['bake', 'a', 'b'],
    'unknown-choice': ['boot', 'x.img', '--accel', 'xen'],
    'no-value': ['bake', 'hello', '-o'],
    'no-image': ['boot'],
    'help-unknown': ['help', 'bkae'],
    'help-of-part': ['help', 'cache', 'prune'],
    'help-of-unknown-part': ['help', 'cache', 'prun'],
    'unknown-part': ['cache', 'prun'],
    'unknown-option-of-part': ['cache', 'prune', '--kepe', '1G'],
  };
  for (const [name, args] of Object.entries(cases)) {
    test(name, async () => {
      await expect(golden(run(args))).toMatchFileSnapshot(`goldens/usage-${name}.txt`);
    });
  }

  test('the version is the package’s', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('a wrong command line is told as JSON, too', () => {
    const { status, stdout, stderr } = run(['boot', '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: { code: 'RB_ARGUMENT' } });
    expect(stderr).toContain('error[RB_ARGUMENT]');
  });
});

describe('explain', () => {
  test.each(['RB_DIGEST_MISMATCH', 'digest-mismatch'])('%s', (code) => {
    const { status, stdout, stderr } = run(['explain', code]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^RB_DIGEST_MISMATCH: .+\n\n {2}.+[\s\S]*What to do: [\s\S]*Exit code 4: integrity\n$/,
    );
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('a code that does not exist: the nearest', () => {
    const { status, stdout, stderr } = run(['explain', 'RB_OFLINE']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'error[RB_ARGUMENT]: there is no error code "RB_OFLINE"\nhint: did you mean "RB_OFFLINE"?\n',
    );
  });

  test('all codes, for people and for programs', () => {
    const codes = Object.keys(ERROR_EXIT_CODES).sort();
    expect([...run(['explain']).stdout.matchAll(/^ {2}(RB_\w+) /gm)].map(([, code]) => code).sort()).toEqual(
      codes,
    );
    const { version, codes: told } = JSON.parse(run(['explain', '--json']).stdout);
    expect(version).toBe(1);
    expect(told.map(({ code }: { code: string }) => code).sort()).toEqual(codes);
    expect(JSON.parse(run(['explain', 'offline', '--json']).stdout)).toMatchObject({
      version: 1,
      code: 'RB_OFFLINE',
      exitCode: 3,
    });
  });
});

describe('check', () => {
  test('a good recipe', () => {
    expect(run(['check', 'cake.yaml'])).toEqual({
      status: 0,
      stdout: 'tiny: the recipe is good\n',
      stderr: '',
    });
    expect(JSON.parse(run(['check', '.', '--json']).stdout)).toMatchObject({
      version: 1,
      cake: { name: 'tiny' },
    });
    expect(run(['check', '-q', 'hello'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  const cases: Record<string, [text: string, ...args: string[]]> = {
    'unknown-key': ['name: tiny\ncook:\n  base: { empty: true }\n  pakages: [openrc]\n'],
    'no-base': ['name: tiny\ncook:\n  packages: [openrc]\n'],
    'no-file': ['name: tiny\ncook: { base: ./absent.tar }\n'],
    'set-no-file': [
      'name: tiny\ncook: { base: { empty: true } }\n',
      '--set',
      'cook.contents=[{dir: ./absent}]',
    ],
  };
  for (const [name, [text, ...args]] of Object.entries(cases)) {
    test(name, async () => {
      file('bad.yaml', text);
      await expect(golden(run(['check', 'bad.yaml', ...args]))).toMatchFileSnapshot(
        `goldens/check-${name}.txt`,
      );
    });
  }

  test.each(['cake.ts', 'cake.mjs'])('%s may use defineCake where the package is not installed', (name) => {
    const type = name.endsWith('.ts') ? ': string' : '';
    file(
      name,
      `import { defineCake } from 'rootless-bake';\nconst name${type} = 'module';\n` +
        `export default defineCake({ name, cook: { base: { empty: true } } });\n`,
    );
    expect(run(['check', name])).toMatchObject({ status: 0, stdout: 'module: the recipe is good\n' });
  });

  test('colours only when they are wanted', () => {
    const red = '\u001b[31m';
    file('bad.yaml', 'name: 1\n');
    expect(run(['check', 'bad.yaml']).stderr).not.toContain('\u001b');
    expect(run(['check', 'bad.yaml'], { FORCE_COLOR: '1' }).stderr).toContain(red);
    expect(run(['check', 'bad.yaml'], { FORCE_COLOR: '1', NO_COLOR: '1' }).stderr).not.toContain('\u001b');
  });
});

describe('cook', () => {
  test('prints the digest, for the recipe', async () => {
    await expect(golden(run(['cook', 'cake.yaml']))).toMatchFileSnapshot('goldens/cook.txt');
    const { stdout, stderr } = run(['cook', 'cake.yaml', '-q']);
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(stderr).toBe('');
    expect(run(['cook', 'cake.yaml', '--set', `cook.sha256=${stdout.trim()}`]).status).toBe(0);
  });

  test('refuses a tree with another digest, with exit code 4', () => {
    const { status, stderr } = run(['cook', 'cake.yaml', '--set', `cook.sha256=${'0'.repeat(64)}`]);
    expect(status).toBe(4);
    expect(stderr).toMatch(/error\[RB_DIGEST_MISMATCH\][\s\S]*0{64}/);
  });

  test('writes a tar whose sha256 is the digest, and the same compressed', () => {
    const { stdout } = run(['cook', 'cake.yaml', '-o', 'root.tar', '--json']);
    const { sha256, path } = JSON.parse(stdout);
    expect(path).toBe('root.tar');
    expect(
      createHash('sha256')
        .update(readFileSync(join(folder, 'root.tar')))
        .digest('hex'),
    ).toBe(sha256);
    expect(run(['cook', 'cake.yaml', '-q', '-o', 'root.tar.gz']).stdout).toBe('root.tar.gz\n');
    const packed = readFileSync(join(folder, 'root.tar.gz'));
    expect(gunzipSync(packed)).toEqual(readFileSync(join(folder, 'root.tar')));
    expect(leftovers()).toEqual([]);
  });

  test('writes an image of OCI, in an archive and as a layout, and tells its digest', () => {
    const { path, format, imageDigest, sha256 } = JSON.parse(
      run(['cook', 'cake.yaml', '-o', 'image.oci.tar', '--json']).stdout,
    );
    expect({ path, format }).toEqual({ path: 'image.oci.tar', format: 'oci.tar' });
    expect(imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(run(['cook', 'cake.yaml', '-o', 'oci:layout:v1']).stdout).toBe(
      `oci:layout:v1\nsha256: ${sha256}\nimage: ${imageDigest}\n`,
    );
    const index = JSON.parse(readFileSync(join(folder, 'layout/index.json'), 'utf8'));
    expect(index.manifests).toMatchObject([
      { digest: imageDigest, annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
    ]);
    expect(leftovers()).toEqual([]);
  });

  test('writes what --format says, whatever the name', () => {
    expect(run(['cook', 'cake.yaml', '-q', '-o', 'made', '--format', 'cpio.gz']).stdout).toBe('made\n');
    expect(
      gunzipSync(readFileSync(join(folder, 'made')))
        .subarray(0, 6)
        .toString(),
    ).toBe('070701');
  });

  test.each([
    [
      'a format without an output',
      ['--format', 'tar'],
      'RB_ARGUMENT',
      '--format has no effect here: the root is not written',
    ],
    ['a format that is none', ['-o', 'x', '--format', 'rar'], 'RB_ARGUMENT', 'rar'],
    ['an archive of another kind', ['-o', 'root.tar.xz'], 'RB_ARGUMENT', 'root.tar.xz'],
    [
      'a platform that is none',
      ['-o', 'x.oci', '--platform', 'amd64'],
      'RB_ARGUMENT',
      '"amd64" is no platform',
    ],
  ])('refuses %s before it cooks', (_name, args, code, message) => {
    const outcome = run(['cook', 'cake.yaml', ...args, '--set', 'cook.base.dir=./absent']);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain(`error[${code}]`);
    expect(outcome.stderr).toContain(message);
    expect(leftovers()).toEqual([]);
  });

  test('writes a folder, and says what it lacks', () => {
    const { status, stderr } = run(['cook', 'cake.yaml', '-o', 'out']);
    expect(status).toBe(0);
    expect(stderr).toContain('the true owners and modes are in a tar');
    expect(readFileSync(join(folder, 'out/etc/motd'), 'utf8')).toBe('hello\n');
    expect(leftovers()).toEqual([]);
  });

  test('never overwrites unless told', () => {
    file('root.tar', 'precious');
    const first = run(['cook', 'cake.yaml', '-o', 'root.tar', '--set', 'cook.base.dir=./absent']);
    expect(first.status).toBe(2);
    expect(first.stderr).toContain('error[RB_OUTPUT_EXISTS]: root.tar exists already');
    expect(readFileSync(join(folder, 'root.tar'), 'utf8')).toBe('precious');
    expect(run(['cook', 'cake.yaml', '-o', 'root.tar', '--force']).status).toBe(0);
    expect(readFileSync(join(folder, 'root.tar'), 'utf8')).not.toBe('precious');
  });

  test('a folder to write to that is not there', () => {
    const { status, stderr } = run(['cook', 'cake.yaml', '-o', 'absent/root.tar']);
    expect(status).toBe(2);
    expect(stderr).toContain('error[RB_OUTPUT_UNWRITABLE]: cannot write absent/root.tar');
  });

  test('ends on SIGINT with 130, and leaves nothing', async () => {
    file(
      'slow.yaml',
      `name: slow\ncook:\n  base: { dir: ./root }\n  prepare: |\n    echo started\n    sleep 60\n`,
    );
    const child = start(['cook', 'slow.yaml', '-o', 'slow.tar', '--progress', 'plain']);
    const stderr = await until(child, 'started');
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect(stderr()).toContain('error[RB_INTERRUPTED]: interrupted by SIGINT');
    expect(existsSync(join(folder, 'slow.tar'))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test('a reader that leaves is no fault of ours', async () => {
    const child = start(['schema']);
    child.stdout!.destroy();
    const [status] = await once(child, 'exit');
    expect([0, 130]).toContain(status);
  });
});

describe('bake', () => {
  test('refuses an existing image before it cooks', () => {
    file('tiny.img', 'precious');
    const bake = ['--set', 'bake={size: 64M, kernel: {deb: linux-image-cloud-amd64}}'];
    const { status, stdout, stderr } = run(['bake', 'cake.yaml', ...bake]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'error[RB_OUTPUT_EXISTS]: tiny.img exists already\n' +
        'hint: give another name with -o, or overwrite it with --force\n',
    );
  });

  test('needs a bake part', () => {
    const { status, stderr } = run(['bake', 'cake.yaml']);
    expect(status).toBe(2);
    expect(stderr).toContain('error[RB_RECIPE_INVALID]: the recipe tiny has no bake part');
  });
});

describe('push', () => {
  test.each([
    ['to a reference that is none', ['cake.yaml', 'a/B:c'], 2, 'RB_ARGUMENT'],
    ['offline, before it cooks', ['absent', '127.0.0.1:1/a', '--offline'], 2, 'RB_RECIPE_NOT_FOUND'],
    ['offline', ['cake.yaml', '127.0.0.1:1/a', '--offline'], 3, 'RB_OFFLINE'],
    ['what is not there', ['./absent.oci', '127.0.0.1:1/a'], 2, 'RB_INPUT_NOT_FOUND'],
  ])('%s', (_name, args, exitCode, code) => {
    const { status, stdout, stderr } = run(['push', ...args]);
    expect(stderr).toContain(`error[${code}]`);
    expect(status).toBe(exitCode);
    expect(stdout).toBe('');
    expect(leftovers()).toEqual([]);
  });
});

describe('boot', () => {
  test.each([
    ['an image that is not there', ['absent.img'], 'RB_INPUT_NOT_FOUND'],
    ['a timeout without --expect', ['cake.yaml', '--timeout', '5'], 'RB_ARGUMENT'],
    ['a timeout of nonsense', ['cake.yaml', '--expect', 'x', '--timeout', 'soon'], 'RB_ARGUMENT'],
    ['a port alone', ['cake.yaml', '--forward', '22'], 'RB_ARGUMENT'],
    ['a port that is none', ['cake.yaml', '--forward', '2222:70000'], 'RB_ARGUMENT'],
    ['curses with --expect', ['cake.yaml', '--expect', 'x', '--display', 'curses'], 'RB_ARGUMENT'],
    ['no memory', ['cake.yaml', '--memory', '12'], 'RB_ARGUMENT'],
  ])('refuses %s', (_name, args, code) => {
    const { status, stderr } = run(['boot', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(`error[${code}]`);
  });

  test('without QEMU', () => {
    const { status, stderr } = run(['boot', 'cake.yaml', '--expect', 'x'], { PATH: '/nowhere' });
    expect(status).toBe(2);
    expect(stderr).toContain('error[RB_QEMU_MISSING]: qemu-system-x86_64 is not on the PATH');
    expect(stderr).toContain('apt install qemu-system-x86');
  });
});

oracle({ tools: ['qemu-system-x86_64'] })('boot in QEMU', () => {
  beforeEach(() => void file('greeting.img', serialBootDisk('first line\r\nlogin: ')));
  const boot = ['boot', 'greeting.img', '--accel', 'tcg', '--snapshot'];

  test('until the console shows what is expected', () => {
    const { status, stdout, stderr } = run([...boot, '--expect', 'login: ', '--json']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, path: 'greeting.img', accelerator: 'tcg' });
  });

  test('ends with 1 and the last lines when it does not', async () => {
    const said = await shownInTime('login: ', (seconds) => {
      const { status, stderr } = run([...boot, '--expect', 'Password:', '--timeout', String(seconds)]);
      expect(status).toBe(1);
      expect(stderr).toContain(`within ${seconds} s`);
      return stderr;
    });
    expect(said).toMatch(/error\[RB_BOOT_TIMEOUT\]: [\s\S]*\| first line\n {2}\| login: \n/);
  });

  test('on this terminal, with the console on stdin and stdout', async () => {
    const child = start(boot);
    let out = '';
    child.stdout!.on('data', (chunk) => {
      out += chunk;
    });
    while (!out.includes('login: ')) await once(child.stdout!, 'data');
    // QEMU's own escape: Ctrl-A x.
    child.stdin!.write('\u0001x');
    const [status] = await once(child, 'exit');
    expect(status).toBe(0);
  });

  test('ends on SIGTERM with 130, and QEMU with it', async () => {
    const child = start([...boot, '--expect', 'never', '--progress', 'plain']);
    while (!running(folder)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
    expect(running(folder)).toBe(false);
  });
});

function start(args: string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...args], { cwd: folder, env });
}

async function until(child: ChildProcess, text: string): Promise<() => string> {
  let seen = '';
  child.stderr!.on('data', (chunk) => {
    seen += chunk;
  });
  while (!seen.includes(text)) await once(child.stderr!, 'data');
  return () => seen;
}

/** What runs have left in the temporary folder and as hidden files beside the output. */
function leftovers(): string[] {
  return [
    ...readdirSync(join(folder, 'tmp')),
    ...readdirSync(folder).filter((name) => name.startsWith('.') || name.startsWith('rootless-bake-')),
  ].filter((name) => name !== '.cache');
}

function running(path: string): boolean {
  return readdirSync('/proc').some((id) => {
    try {
      return (
        /^\d+$/.test(id) &&
        readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith('/usr/bin/qemu') &&
        readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(path)
      );
    } catch {
      return false;
    }
  });
}
