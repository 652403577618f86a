import { describe, expect, it } from 'vitest';
import { bytesContent } from '../../src/tree/content.ts';
import { largestDirectories } from '../../src/tree/directory-sizes.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

const meta = metadata({ origin: 'test' });

function treeOf(files: Record<string, number>): Tree {
  const tree = new Tree(meta);
  for (const [path, size] of Object.entries(files))
    tree.set(path, fileEntry(bytesContent(new Uint8Array(size)), meta), meta);
  return tree;
}

const paths = (...args: Parameters<typeof largestDirectories>): string[] =>
  largestDirectories(...args).map(({ path }) => path);

describe('the largest directories', () => {
  const tree = treeOf({
    '/usr/lib/firmware/a/blob': 900,
    '/usr/lib/libc.so': 100,
    '/usr/share/doc': 400,
    '/usr/share/man/1': 300,
    '/etc/passwd': 10,
    '/file': 5000,
  });

  it('leave out a parent with nearly all in one child, and the root', () => {
    expect(largestDirectories([tree]).slice(0, 3)).toEqual([
      { path: '/usr', bytes: 1700, entries: 9 },
      { path: '/usr/lib/firmware/a', bytes: 900, entries: 1 },
      { path: '/usr/share', bytes: 700, entries: 3 },
    ]);
    expect(paths([tree])).not.toContain('/usr/lib');
  });

  it('are those of all trees together, and at most as many as asked for', () => {
    const boot = treeOf({ '/boot/vmlinuz': 3000, '/etc/more': 2000 });
    expect(paths([tree, boot], 'bytes', 2)).toEqual(['/boot', '/etc']);
  });

  it('count a hard link where it is found first', () => {
    const linked = treeOf({ '/a/file': 100, '/b/small': 1 });
    linked.set('/b/link', linked.get('/a/file')!);
    expect(largestDirectories([linked])).toEqual([
      { path: '/a', bytes: 100, entries: 1 },
      { path: '/b', bytes: 1, entries: 1 },
    ]);
  });

  it('go by entries when asked', () => {
    expect(paths([treeOf({ '/many/1': 0, '/many/2': 0, '/one/large': 100 })], 'entries')[0]).toBe('/many');
  });
});
