/** Whole command lines of an ordinary user whose packages, scripts or proot fail the cook, and leave nothing. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, inject, test } from 'vitest';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { gzipMembers } from '../support/gzip-members.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const product = inject('product');
const suite = oracle({ tools: ['proot'], files: [ALPINE] });
const cook = ['cook', 'cake.json', '-o', 'out.tar'];
let work: Workplace;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), product);
});
afterEach(() => work.remove());

/** Writes a recipe that starts from Alpine. */
function recipe(more: object): void {
  const { base, repositories } = alpineOptions(product);
  work.file('cake.json', JSON.stringify({ name: 'bad', cook: { base, repositories, ...more } }));
}

/** A copy of the repository in which the last gzip member of one file is another, but sound. */
function tampered(start: string, change: (bytes: Buffer) => void): string {
  const copy = work.path('apks');
  cpSync(alpineOptions(product).repositories[0], copy, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', copy]);
  const file = readdirSync(join(copy, 'x86_64')).find((name) => name.startsWith(start))!;
  const path = join(copy, 'x86_64', file);
  const members = gzipMembers(readFileSync(path));
  const last = members.pop()!;
  change(last.bytes);
  writeFileSync(path, Buffer.concat([...members.map(({ raw }) => raw), gzipSync(last.bytes)]));
  return copy;
}

suite('packages', () => {
  test('of a tampered index', async () => {
    const index = tampered('APKINDEX', (bytes) => bytes.write('X', bytes.indexOf('P:doas') + 2));
    recipe({ repositories: [index], packages: ['doas'] });
    await work.refuses(cook, {
      code: 'RB_APK_UNTRUSTED',
      says: ['BAD signature'],
      hint: 'tampered with or is damaged',
    });
  });

  test('that were tampered with', async () => {
    const folder = tampered('doas-', (bytes) => {
      bytes[bytes.length >> 1]! ^= 1;
    });
    recipe({ repositories: [folder], packages: ['doas'] });
    await work.refuses(cook, {
      code: 'RB_APK_UNTRUSTED',
      says: [/ERROR: doas-.*: BAD signature/],
      hint: 'tampered with or is damaged',
    });
  });

  test('signed by a key that the root does not have', async () => {
    recipe({ prepare: 'rm "$ROOTFS"/etc/apk/keys/*', packages: ['doas'] });
    await work.refuses(cook, {
      code: 'RB_APK_UNTRUSTED',
      says: ['UNTRUSTED signature'],
      hint: '/etc/apk/keys',
    });
  });

  test('that do not exist name their neighbours', async () => {
    recipe({ packages: ['openrcc'] });
    await work.refuses(cook, { code: 'RB_APK_FAILED', says: ['openrcc (no such package)'], hint: 'openrc' });
  });

  test('from a server that does not answer', async () => {
    recipe({ repositories: ['http://127.0.0.1:9/'], packages: ['doas'] });
    await work.refuses(cook, {
      code: 'RB_NETWORK',
      says: ['127.0.0.1:9'],
      hint: 'check the network',
    });
  });
});

suite('a script', () => {
  test('that fails: exit code and last lines', async () => {
    recipe({ script: 'seq 1 30\necho about to fail >&2\n(exit 7)\necho not reached\n' });
    await work.refuses(cook, {
      code: 'RB_SCRIPT_FAILED',
      says: ['script failed with exit code 7; its last lines:\n', /\n {2}30\n {2}about to fail\n {2}1 \| /],
      hint: '--keep-scratch',
    });
  });

  test('that is killed', async () => {
    recipe({ script: 'kill -9 $$' });
    await work.refuses(cook, { code: 'RB_SCRIPT_FAILED', says: ['exit code 137'], hint: 'sh -eu' });
  });

  test('on the host that fails', async () => {
    recipe({ prepare: 'echo preparing; cd /nowhere-at-all' });
    await work.refuses(cook, {
      code: 'RB_SCRIPT_FAILED',
      says: ['prepare failed with exit code 2', 'preparing\n', '/nowhere-at-all'],
      hint: 'sh -eu',
    });
  });

  test('of a root without a shell', async () => {
    recipe({ base: { empty: true }, script: 'true' });
    await work.refuses(cook, { code: 'RB_SCRIPT_FAILED', says: ['no /bin/sh'], hint: 'shell' });
  });
});

suite('no proot', () => {
  test('that runs, of the one that was named', async () => {
    recipe({ script: 'true' });
    await work.refuses(
      cook,
      {
        code: 'RB_PROOT_UNAVAILABLE',
        says: ['/nowhere/proot (RB_PROOT)', 'ENOENT'],
        hint: 'install proot',
      },
      { RB_PROOT: '/nowhere/proot' },
    );
  });

  test('that runs, of a program that is something else', async () => {
    recipe({ script: 'true' });
    await work.refuses(
      cook,
      { code: 'RB_PROOT_UNAVAILABLE', says: ['(RB_PROOT)', 'exit code 1'], hint: 'install proot' },
      { RB_PROOT: findTool('false')! },
    );
  });

  test('on PATH, none in the cache, and no apt to fetch it with', async () => {
    const bin = work.mkdir('bin');
    for (const tool of ['sh', 'env']) symlinkSync(findTool(tool)!, join(bin, tool));
    work.mkdir('cache');
    for (const folder of ['cache/apt', 'cache/debs', 'cache/apt/machine-cache']) work.mkdir(folder);
    recipe({ script: 'true' });
    await work.refuses(
      cook,
      {
        code: 'RB_PROOT_UNAVAILABLE',
        says: ["Debian's packages: this machine has no apt"],
        hint: 'install proot',
      },
      // What the store remembers is no debris.
      {
        PATH: bin,
        RB_CACHE_DIR: work.path('cache'),
        RB_STORE: join(work.user.home, '.cache/rootless-bake/store'),
      },
    );
  });
});
