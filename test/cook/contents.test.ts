import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { ContentOptions, CookOptions } from '../../src/cook/options.ts';
import { readContent, textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { debianPackage } from '../support/ar-archive.ts';
import { testHost } from '../support/host.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { oracle } from '../support/oracle.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-contents-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of the host; `-> target` is a link. */
function hostFolder(name: string, files: Readonly<Record<string, string>>): string {
  const at = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(at, path));
    else writeFileSync(join(at, path), text);
  }
  return at;
}

/** /etc/issue and /etc/motd, and a merged /usr. */
function baseTree(): Tree {
  const meta = metadata({ origin: 'base', mode: 0o755 });
  const tree = new Tree(meta);
  for (const path of ['/etc/issue', '/etc/motd', '/usr/bin/tool'])
    tree.set(path, fileEntry(textContent('base'), metadata({ origin: 'base' })), meta);
  tree.set('/bin', symlinkEntry('usr/bin', meta));
  return tree;
}

async function cooked(options: Omit<CookOptions, 'base'> & Partial<CookOptions>, env = {}): Promise<Tree> {
  const { host } = testHost({
    env: { ...process.env, ...env },
    temporaryDirectory: join(folder, 'tmp'),
    cacheDirectory: join(folder, 'cache'),
  });
  const root = await cook({ base: { tree: baseTree() }, ...options }, host);
  await root.dispose();
  return root.tree;
}

const withContents = (...contents: ContentOptions[]): Promise<Tree> => cooked({ contents });

function text(tree: Tree, path: string): string {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `<${entry?.type}>`;
}

describe('a content that brings what is there already', () => {
  it('is refused when it differs, and both inputs are named', async () => {
    const dir = hostFolder('over', { 'etc/issue': 'over', 'etc/motd': 'over', 'etc/new': '' });
    await expect(withContents({ dir })).rejects.toMatchObject({
      code: 'RB_TREE_CONFLICT',
      exitCode: 1,
      message: `two inputs bring different things to 2 paths:\n  /etc/issue: a file from base, and another file from content ${dir}\n  /etc/motd: a file from base, and another file from content ${dir}`,
      hint: expect.stringContaining('replace: true'),
    });
  });

  it('is the same for each kind of content', async () => {
    const file = join(hostFolder('f', { one: 'one' }), 'one');
    const contents: ContentOptions[] = [
      { file, to: '/etc/issue' },
      { file, to: '/bin/tool' },
      { symlink: 'motd', to: '/etc/issue' },
      { symlink: 'usr/bin', to: '/etc' },
      { mkdir: '/etc/issue' },
      { mkdir: '/etc/issue/below' },
    ];
    for (const content of contents)
      await expect(withContents(content), JSON.stringify(content)).rejects.toMatchObject({
        code: 'RB_TREE_CONFLICT',
        message: expect.stringMatching(
          /^\/(?:etc|etc\/issue|usr\/bin\/tool): a (?:file|directory) from base/,
        ),
      });
  });

  it('wins with replace and stays out with skip, in the order of the recipe', async () => {
    const dir = hostFolder('over', { 'etc/issue': 'over', 'etc/new': 'new' });
    expect(text(await withContents({ dir, replace: true }), '/etc/issue')).toBe('over');
    const skipped = await withContents({ dir, skip: true });
    expect([text(skipped, '/etc/issue'), text(skipped, '/etc/new')]).toEqual(['base', 'new']);
    const later = hostFolder('later', { 'etc/issue': 'later' });
    const both = await withContents({ dir, replace: true }, { dir: later, replace: ['/etc'] });
    expect(text(both, '/etc/issue')).toBe('later');
    await expect(withContents({ dir, replace: true }, { dir: later })).rejects.toMatchObject({
      message: `/etc/issue: a file from content ${dir}, and another file from content ${later}`,
    });
  });

  it('is settled path by path, the longest counts, through links of the root as well', async () => {
    const dir = hostFolder('over', { 'etc/issue': 'over', 'etc/motd': 'over', 'bin/tool': 'over' });
    const tree = await withContents({ dir, replace: true, skip: ['/etc', '/etcetera'] });
    expect(['/etc/issue', '/etc/motd', '/usr/bin/tool'].map((path) => text(tree, path))).toEqual([
      'base',
      'base',
      'over',
    ]);
    const other = await withContents({ dir, skip: ['/etc'], replace: ['/etc/issue', '/bin/tool'] });
    expect(['/etc/issue', '/etc/motd', '/bin/tool'].map((path) => text(other, path))).toEqual([
      'over',
      'base',
      'over',
    ]);
    await expect(withContents({ dir, replace: ['/etc'] })).rejects.toMatchObject({
      message: expect.stringMatching(/^\/usr\/bin\/tool: /),
    });
  });

  it('is none when it is the same: the later metadata counts', async () => {
    const file = join(hostFolder('f', { one: 'base' }), 'one');
    const tree = await withContents({ file, to: '/etc/issue', mode: '0600', owner: '1:2' });
    expect(tree.get('/etc/issue')).toMatchObject({ mode: 0o600, uid: 1, gid: 2, origin: `content ${file}` });
    const kept = await withContents({ file, to: '/etc/issue', mode: '0600', skip: true });
    expect(kept.get('/etc/issue')).toMatchObject({ mode: 0o644, uid: 0, origin: 'base' });
  });

  it('gives a directory of the root what mkdir tells, and leaves its origin', async () => {
    const tree = await withContents({ mkdir: '/etc', mode: '0700', owner: '5:6' });
    expect(tree.get('/etc')).toMatchObject({ mode: 0o700, uid: 5, gid: 6, origin: 'base' });
    expect(text(tree, '/etc/issue')).toBe('base');
    const kept = await withContents({ mkdir: '/bin', mode: '0700', skip: true });
    expect(kept.get('/usr/bin')).toMatchObject({ mode: 0o755 });
    const made = await withContents({ mkdir: '/etc/issue', replace: true });
    expect(made.get('/etc/issue')).toMatchObject({ type: 'directory', origin: 'content /etc/issue' });
  });
});

oracle({ tools: ['proot'], files: [ALPINE] })('every path', () => {
  it('knows which input put it there', async () => {
    const key = nixKeyPair('cache-1');
    const cache = join(folder, 'nix');
    const path = `${'0'.repeat(32)}-thing`;
    for (const [name, bytes] of publish({ base: path, nar: nar({ file: 'nix' }) }, key)) {
      mkdirSync(dirname(join(cache, name)), { recursive: true });
      writeFileSync(join(cache, name), bytes);
    }
    const control = 'Package: thing\nVersion: 1.0\nArchitecture: all\n';
    writeFileSync(
      join(folder, 'thing.deb'),
      debianPackage([
        ['control.tar.gz', gzipSync(tarBlocks([{ name: './control', body: control }]))],
        ['data.tar.gz', gzipSync(tarBlocks([{ name: './usr/share/deb', body: 'deb' }]))],
      ]),
    );
    const dir = hostFolder('dir', { 'etc/from-dir': 'dir', 'etc/issue': 'dir' });
    const { base, repositories } = alpineOptions(inject('product'));
    const tree = await cooked({
      base,
      repositories,
      packages: ['doas'],
      prepare: 'echo prepared >"$ROOTFS/etc/prepared"',
      script:
        'echo changed >>/etc/motd; echo made >/srv/made; ln -s /srv/made /srv/link; chmod 600 /etc/hosts; ' +
        'mv /etc/shells /etc/moved; chown 5:5 /etc/modules',
      contents: [
        { dir, replace: true },
        { file: join(dir, 'etc/from-dir'), to: '/opt/file' },
        { mkdir: '/srv/folder/below' },
        { symlink: 'x', to: '/srv/soft' },
        { deb: join(folder, 'thing.deb') },
        { nix: `/nix/store/${path}`, cache, keys: [key.publicKey] },
      ],
      path: ['/opt/bin'],
      cleanup: 'echo cleaned >"$ROOTFS/etc/cleaned"',
      owners: [{ path: '/etc/fstab', owner: '7:7' }],
    });
    const origins = (...paths: string[]): (string | undefined)[] =>
      paths.map((name) => tree.get(name)?.origin);
    expect(origins('/', '/etc', '/etc/passwd', '/bin/busybox', '/srv')).toEqual(Array(5).fill('base'));
    // Another owner or mode makes no other origin, and neither does another name.
    expect(origins('/etc/fstab', '/etc/hosts', '/etc/modules', '/etc/moved')).toEqual(Array(4).fill('base'));
    expect(tree.get('/etc/fstab')).toMatchObject({ uid: 7 });
    expect(origins('/usr/bin/doas', '/etc/doas.d')).toEqual(
      Array(2).fill(expect.stringMatching(/^package doas-\d/)),
    );
    expect(origins('/etc/prepared', '/etc/cleaned')).toEqual(['prepare', 'cleanup']);
    expect(origins('/etc/motd', '/srv/made', '/srv/link')).toEqual(Array(3).fill('script'));
    expect(origins('/etc/from-dir', '/etc/issue')).toEqual(Array(2).fill(`content ${dir}`));
    expect(origins('/opt/file')).toEqual([`content ${join(dir, 'etc/from-dir')}`]);
    expect(origins('/srv/folder', '/srv/folder/below')).toEqual(Array(2).fill('content /srv/folder/below'));
    expect(origins('/srv/soft')).toEqual(['content /srv/soft']);
    expect(origins('/usr/share/deb')).toEqual(['package thing-1.0']);
    expect(origins('/nix/store', `/nix/store/${path}`)).toEqual(['nix', 'nix thing']);
    expect(origins('/etc/profile')).toEqual(['path']);
  });
});
