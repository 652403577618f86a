import { type ChildProcess, execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { Kitchen } from '../support/cook-as.ts';
import { gzipMembers } from '../support/gzip-members.ts';
import { oracle } from '../support/oracle.ts';
import { ordinaryUser, startAs } from '../support/users.ts';

const suite = oracle({ tools: ['proot'], files: [ALPINE] });
let kitchen: Kitchen;

beforeEach(() => {
  kitchen = new Kitchen(ordinaryUser(), inject('product'));
});
afterEach(() => kitchen.remove());

/** A copy of the repository, for the test to spoil. */
function repository(): string {
  const copy = join(kitchen.folder, 'apks');
  cpSync(alpineOptions(inject('product')).repositories[0], copy, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', copy]);
  return copy;
}

/** Changes the last gzip member of a file, and leaves it a valid one. */
function tamper(path: string, change: (bytes: Buffer) => Buffer): void {
  const members = gzipMembers(readFileSync(path));
  const last = members.pop()!;
  writeFileSync(path, Buffer.concat([...members.map(({ raw }) => raw), gzipSync(change(last.bytes))]));
}

function packageFile(folder: string, name: string): string {
  const file = readdirSync(join(folder, 'x86_64')).find((entry) => entry.startsWith(`${name}-`));
  return join(folder, 'x86_64', file!);
}

suite('apk that cannot be trusted', () => {
  const { base } = alpineOptions(inject('product'));

  it('a tampered index fails the cook, though apk only warns', () => {
    const folder = repository();
    tamper(join(folder, 'x86_64/APKINDEX.tar.gz'), (bytes) => {
      return Buffer.from(bytes.toString('latin1').replaceAll('P:doas', 'P:soad'), 'latin1');
    });
    const { error } = kitchen.cook({ base, repositories: [folder], packages: ['sfdisk'] });
    expect(error).toMatchObject({
      code: 'RB_APK_UNTRUSTED',
      message: expect.stringContaining('BAD signature'),
    });
    expect(kitchen.leftovers()).toEqual([]);
  });

  it('also when the script is what reads it', () => {
    const folder = repository();
    tamper(join(folder, 'x86_64/APKINDEX.tar.gz'), (bytes) => Buffer.concat([bytes, Buffer.alloc(512)]));
    for (const script of ['apk update', 'apk update >/dev/null 2>&1 || true']) {
      const { error } = kitchen.cook({ base, repositories: [folder], script });
      expect(error).toMatchObject({ code: 'RB_APK_UNTRUSTED' });
    }
  });

  it('an index of an unknown key', () => {
    const { repositories } = alpineOptions(inject('product'));
    const prepare = 'rm "$ROOTFS"/etc/apk/keys/*';
    const { error } = kitchen.cook({ base, repositories, prepare, packages: ['doas'] });
    expect(error).toMatchObject({
      code: 'RB_APK_UNTRUSTED',
      message: expect.stringContaining('UNTRUSTED signature'),
      hint: expect.stringContaining('/etc/apk/keys'),
    });
  });

  it('a package with other bytes', () => {
    const folder = repository();
    tamper(packageFile(folder, 'doas'), (bytes) => {
      bytes[bytes.length >> 1]! ^= 1;
      return bytes;
    });
    const { error } = kitchen.cook({ base, repositories: [folder], packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_APK_UNTRUSTED' });
    expect(kitchen.leftovers()).toEqual([]);
  });

  it('a package whose stream is broken', () => {
    const folder = repository();
    const path = packageFile(folder, 'doas');
    const bytes = readFileSync(path);
    bytes[bytes.length - 2000]! ^= 0xff;
    writeFileSync(path, bytes);
    const { error } = kitchen.cook({ base, repositories: [folder], packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_APK_UNTRUSTED' });
  });

  it('a package that another one was put in the place of', () => {
    const folder = repository();
    cpSync(packageFile(folder, 'scanelf'), packageFile(folder, 'doas'));
    const { error } = kitchen.cook({ base, repositories: [folder], packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_APK_UNTRUSTED' });
  });

  it('a package cut short', () => {
    const folder = repository();
    const path = packageFile(folder, 'doas');
    writeFileSync(path, readFileSync(path).subarray(0, 8000));
    const { error } = kitchen.cook({ base, repositories: [folder], packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_APK_UNTRUSTED' });
  });
});

suite('packages that cannot be had', () => {
  const options = alpineOptions(inject('product'));

  it('an unknown package names its neighbours', () => {
    const { error } = kitchen.cook({ ...options, packages: ['openrcc', 'doas'] });
    expect(error).toMatchObject({
      code: 'RB_APK_FAILED',
      message: expect.stringContaining('openrcc (no such package)'),
      hint: expect.stringContaining('openrc'),
    });
  });

  it('a folder that is no repository', () => {
    for (const [folder, hint] of [
      ['/nonexistent', 'x86_64'],
      [join(options.repositories[0], 'x86_64'), 'above'],
    ] as const) {
      const { error } = kitchen.cook({ ...options, repositories: [folder], packages: ['doas'] });
      expect(error).toMatchObject({ code: 'RB_INPUT_NOT_FOUND', hint: expect.stringContaining(hint) });
    }
  });

  it('a server that does not answer', () => {
    const { error } = kitchen.cook({ ...options, repositories: ['http://127.0.0.1:9/'], packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_NETWORK' });
  });

  it('a base without apk', () => {
    const { error } = kitchen.cook({ base: { empty: true }, packages: ['doas'] });
    expect(error).toMatchObject({ code: 'RB_APK_FAILED', message: expect.stringContaining('no apk') });
  });
});

suite('an abort during the script', () => {
  it('ends every guest, those in other sessions too, and leaves nothing', async () => {
    const mark = `rb-${process.pid}-${Date.now()}`;
    const script = `trap '' TERM INT
setsid sh -c 'trap "" TERM; while :; do sleep 1; done' ${mark} &
sh -c 'while :; do sleep 1; done' ${mark} &
echo ready
while :; do sleep 1; done`;
    const { base } = alpineOptions(inject('product'));
    const child = startAs(kitchen.user, kitchen.command({ base, script }), {});
    const stdout = collect(child);
    await said(child, 'ready');
    // "ready" comes from the shell that starts them: each has yet to become the program with the mark.
    await expect.poll(() => running(mark), { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
    process.kill(child.pid!, 'SIGINT');
    await new Promise((resolve) => child.once('close', resolve));
    expect(JSON.parse(stdout()).error).toMatchObject({ code: 'RB_INTERRUPTED' });
    expect(running(mark)).toBe(0);
    expect(kitchen.leftovers()).toEqual([]);
  });
});

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      if (String(chunk).includes(word)) resolve();
    });
    child.once('close', () => reject(new Error(`the cook ended without saying ${word}`)));
  });
}

/** Processes that have the mark in their command line; the dead have none. */
function running(mark: string): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .filter((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0');
        return words.includes(mark);
      } catch {
        return false;
      }
    }).length;
}
