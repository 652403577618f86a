import { describe, expect, it } from 'vitest';
import type { DiskNode } from '../../src/cook/ledger/disk-state.ts';
import { reconcile } from '../../src/cook/ledger/reconcile.ts';
import type { Mirror } from '../../src/cook/scratch/scratch.ts';
import { readContent, textContent } from '../../src/tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  metadata,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

const CAPABILITY = new Map([['security.capability', Uint8Array.of(1)]]);

/** A disk in words: what a path holds, its inode and when it was written. */
interface Paper {
  readonly type?: DiskNode['type'];
  readonly ino: number;
  readonly text?: string;
  readonly mode?: number;
  readonly mtime?: number;
  readonly ctime?: number;
  readonly birth?: number;
}

function diskNode({ type = 'file', ino, text = '', mode, mtime = 1, ctime, birth = 1 }: Paper): DiskNode {
  const bits = mode ?? (type === 'directory' ? 0o755 : 0o644);
  return {
    type,
    mode: bits,
    diskMode: bits,
    size: text.length,
    ino: BigInt(ino),
    mtimeNs: BigInt(mtime),
    ctimeNs: BigInt(ctime ?? mtime),
    birthNs: BigInt(birth),
    ...(type === 'symlink' && { target: text }),
  };
}

function setUp() {
  const tree = new Tree(metadata({ mode: 0o755, origin: 'base' }));
  const file = fileEntry(
    textContent('old'),
    metadata({ uid: 5, gid: 6, mode: 0o4755, mtime: 99n, xattrs: CAPABILITY, origin: 'base' }),
  );
  tree.set('/etc', directoryEntry(metadata({ uid: 1, mode: 0o755, mtime: 98n, origin: 'base' })));
  tree.set('/etc/file', file);
  tree.set('/etc/link', symlinkEntry('file', metadata({ gid: 3, origin: 'base' })));
  tree.set('/etc/null', deviceEntry('char', 1, 3, metadata({ mode: 0o666, origin: 'base' })));
  const disk: Record<string, Paper> = {
    '/': { type: 'directory', ino: 1 },
    '/etc': { type: 'directory', ino: 2 },
    '/etc/file': { ino: 3, text: 'old', mode: 0o4755 },
    '/etc/link': { type: 'symlink', ino: 4, text: 'file' },
  };
  return { tree, file, disk };
}

function mirrorOf(tree: Tree, disk: Record<string, Paper>): Mirror {
  return new Map(
    Object.entries(disk).map(([path, paper]) => {
      const entry = tree.get(path)!;
      return [path, { disk: diskNode(paper), entry, ...('content' in entry && { content: entry.content }) }];
    }),
  );
}

function run(tree: Tree, before: Record<string, Paper>, after: Record<string, Paper>) {
  const disk = new Map(Object.entries(after).map(([path, paper]) => [path, diskNode(paper)]));
  return reconcile(tree, mirrorOf(tree, before), disk, {
    origin: 'script',
    mtime: 1000n,
    content: (path) => textContent(after[path]!.text ?? ''),
    holds: (path, _node, content) => Buffer.from(readContent(content)).toString() === after[path]!.text,
  });
}

function text(entry: Entry | undefined): string | undefined {
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : undefined;
}

describe('reconcile', () => {
  it('leaves everything alone when nothing has happened', () => {
    const { tree, file, disk } = setUp();
    const changes = run(tree, disk, disk);
    expect(changes.created.size + changes.changed.size + changes.modes.size + changes.removed.size).toBe(0);
    expect(tree.get('/etc/file')).toBe(file);
    expect(file).toMatchObject({ uid: 5, mode: 0o4755, mtime: 99n, xattrs: CAPABILITY, origin: 'base' });
  });

  it('gives new paths to root, with the mode of the disk and the time of the cook', () => {
    const { tree, disk } = setUp();
    const changes = run(tree, disk, {
      ...disk,
      '/etc/new': { type: 'directory', ino: 10, mode: 0o2750 },
      '/etc/new/file': { ino: 11, text: 'x', mode: 0o600 },
    });
    expect([...changes.created]).toEqual(['/etc/new', '/etc/new/file']);
    expect(tree.get('/etc/new')).toMatchObject({
      type: 'directory',
      uid: 0,
      gid: 0,
      mode: 0o2750,
      mtime: 1000n,
    });
    expect(tree.get('/etc/new/file')).toMatchObject({ uid: 0, mode: 0o600, origin: 'script' });
  });

  it('keeps the owner of a file that was written in place, and drops its capability', () => {
    const { tree, file, disk } = setUp();
    run(tree, disk, { ...disk, '/etc/file': { ino: 3, text: 'new', mode: 0o4755, mtime: 2 } });
    expect(tree.get('/etc/file')).toBe(file);
    expect(text(file)).toBe('new');
    expect(file).toMatchObject({ uid: 5, gid: 6, mode: 0o4755, mtime: 1000n, origin: 'script' });
    expect(file.xattrs.size).toBe(0);
  });

  it('keeps everything of a file that was written with the same bytes', () => {
    const { tree, file, disk } = setUp();
    const changes = run(tree, disk, {
      ...disk,
      '/etc/file': { ino: 3, text: 'old', mode: 0o4755, mtime: 2 },
    });
    expect(changes.changed.size).toBe(0);
    expect(file).toMatchObject({ mtime: 99n, xattrs: CAPABILITY });
  });

  it('keeps the owner of a file that was replaced, and tells same bytes from others', () => {
    const { tree, disk } = setUp();
    const same = run(tree, disk, { ...disk, '/etc/file': { ino: 30, text: 'old', mode: 0o4755, birth: 5 } });
    expect([...same.rewritten]).toEqual(['/etc/file']);
    const { tree: other, disk: before } = setUp();
    const changes = run(other, before, { ...before, '/etc/file': { ino: 30, text: 'new', mode: 0o640 } });
    expect([...changes.changed]).toEqual(['/etc/file']);
    expect(other.get('/etc/file')).toMatchObject({ uid: 5, gid: 6, mode: 0o640, mtime: 1000n });
  });

  it('takes a change of mode from the disk', () => {
    const { tree, file, disk } = setUp();
    const changes = run(tree, disk, { ...disk, '/etc/file': { ino: 3, text: 'old', mode: 0o600, ctime: 4 } });
    expect([...changes.modes]).toEqual(['/etc/file']);
    expect(file).toMatchObject({ mode: 0o600, mtime: 99n });
  });

  it('removes what is gone, with all below it', () => {
    const { tree, disk } = setUp();
    const changes = run(tree, disk, { '/': disk['/']! });
    expect(tree.root.children.size).toBe(0);
    expect(changes.removed).toContain('/etc/file');
  });

  it('keeps devices that were never on disk, as long as their directory is there', () => {
    const { tree, disk } = setUp();
    run(tree, disk, disk);
    expect(tree.get('/etc/null')?.type).toBe('char');
    run(tree, disk, { ...disk, '/etc': { type: 'directory', ino: 77, birth: 9 } });
    expect(tree.get('/etc/null')).toBeUndefined();
    expect(tree.get('/etc')).toMatchObject({ uid: 0, origin: 'script' });
    expect(text(tree.get('/etc/file'))).toBe('old');
  });

  it('keeps the metadata of what was renamed', () => {
    const { tree, file, disk } = setUp();
    const { '/etc/file': moved, ...rest } = disk;
    run(tree, disk, { ...rest, '/etc/moved': { ...moved!, ctime: 8 } });
    expect(tree.get('/etc/moved')).toBe(file);
    expect(tree.get('/etc/file')).toBeUndefined();
  });

  it('does not take a reused inode number for a rename', () => {
    const { tree, disk } = setUp();
    const { '/etc/file': gone, ...rest } = disk;
    run(tree, disk, { ...rest, '/etc/other': { ...gone!, birth: 50 } });
    expect(tree.get('/etc/other')).toMatchObject({ uid: 0, origin: 'script' });
  });

  it('follows a directory that was renamed', () => {
    const { tree, disk } = setUp();
    run(tree, disk, {
      '/': disk['/']!,
      '/conf': disk['/etc']!,
      '/conf/file': disk['/etc/file']!,
      '/conf/link': disk['/etc/link']!,
    });
    expect(tree.get('/conf')).toMatchObject({ uid: 1 });
    expect(tree.get('/conf/file')).toMatchObject({ uid: 5 });
    expect(tree.get('/etc')).toBeUndefined();
  });

  it('makes hard links of what shares an inode, and parts what does not any more', () => {
    const { tree, file, disk } = setUp();
    const linked = { ...disk, '/etc/also': disk['/etc/file']! };
    run(tree, disk, linked);
    expect(tree.get('/etc/also')).toBe(file);
    run(tree, linked, { ...linked, '/etc/file': { ino: 31, text: 'parted', birth: 6 } });
    expect(text(tree.get('/etc/file'))).toBe('parted');
    expect(text(tree.get('/etc/also'))).toBe('old');
  });

  it('replaces what has become another type', () => {
    const { tree, disk } = setUp();
    run(tree, disk, { ...disk, '/etc/file': { type: 'symlink', ino: 3, text: 'link' } });
    expect(tree.get('/etc/file')).toMatchObject({ type: 'symlink', target: 'link', uid: 0 });
    run(
      tree,
      { ...disk, '/etc/file': { type: 'symlink', ino: 3, text: 'link' } },
      {
        ...disk,
        '/etc/file': { type: 'directory', ino: 40 },
      },
    );
    expect(tree.get('/etc/file')).toMatchObject({ type: 'directory' });
  });

  it('takes a new target of a link and keeps its owner', () => {
    const { tree, disk } = setUp();
    run(tree, disk, { ...disk, '/etc/link': { type: 'symlink', ino: 41, text: 'other' } });
    expect(tree.get('/etc/link')).toMatchObject({ target: 'other', gid: 3 });
  });
});
