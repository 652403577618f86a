import { describe, expect, it } from 'vitest';
import { cloneDirectories } from '../../src/tree/clone.ts';
import { textContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { linkCounts, Tree } from '../../src/tree/tree.ts';

const meta = metadata({ origin: 'test', mode: 0o755 });
const file = (text = '') => fileEntry(textContent(text), meta);

function sample(): Tree {
  const tree = new Tree(meta);
  tree.set('/usr/bin/sh', file('shell'));
  tree.set('/bin', symlinkEntry('usr/bin', meta));
  tree.set('/abs', symlinkEntry('/usr/../bin', meta));
  tree.set('/loop', symlinkEntry('loop', meta));
  tree.set('/up', symlinkEntry('../../../../usr', meta));
  return tree;
}

describe('Tree', () => {
  it('looks paths up as they are written', () => {
    const tree = sample();
    expect(tree.get('/bin')?.type).toBe('symlink');
    expect(tree.get('/bin/sh')).toBeUndefined();
    expect(tree.get('usr//bin/./sh')?.type).toBe('file');
  });

  it('resolves links inside the tree and never out of it', () => {
    const tree = sample();
    expect(tree.resolve('/bin/sh')?.path).toBe('/usr/bin/sh');
    expect(tree.resolve('/abs/sh')?.path).toBe('/usr/bin/sh');
    expect(tree.resolve('/up/bin')?.path).toBe('/usr/bin');
    expect(tree.resolve('/loop')).toBeUndefined();
    expect(tree.resolve('/nothing')).toBeUndefined();
  });

  it('refuses paths that leave their parent', () => {
    expect(() => sample().set('/a/../b', file())).toThrow(
      expect.objectContaining({ code: 'RB_PATH_INVALID' }),
    );
  });

  it('refuses a parent that is no directory', () => {
    expect(() => sample().set('/usr/bin/sh/x', file())).toThrow(
      expect.objectContaining({ code: 'RB_TREE_CONFLICT', message: expect.stringContaining('/usr/bin/sh') }),
    );
  });

  it('keeps the children of a directory that is set again', () => {
    const tree = sample();
    tree.set('/usr', directoryEntry({ ...meta, mode: 0o700, uid: 7 }));
    expect(tree.get('/usr')).toMatchObject({ mode: 0o700, uid: 7 });
    expect(tree.get('/usr/bin/sh')?.type).toBe('file');
  });

  it('walks parents before children, names in the order of their bytes', () => {
    const tree = new Tree(meta);
    for (const name of ['b', 'a/z', 'a/B', 'ä', 'a.b']) tree.set(name, file());
    expect([...tree.walk()].map(({ path }) => path)).toEqual(['/', '/a', '/a/B', '/a/z', '/a.b', '/b', '/ä']);
  });

  it('counts links by identity', () => {
    const tree = sample();
    const shell = tree.get('/usr/bin/sh')!;
    tree.set('/usr/bin/ash', shell);
    expect(linkCounts(tree).get(shell)).toBe(2);
  });

  it('clones directories and shares the rest', () => {
    const tree = sample();
    const copy = cloneDirectories(tree);
    copy.set('/usr/bin/new', file());
    copy.delete('/bin');
    expect(tree.get('/usr/bin/new')).toBeUndefined();
    expect(tree.get('/bin')?.type).toBe('symlink');
    expect(copy.get('/usr/bin/sh')).toBe(tree.get('/usr/bin/sh'));
  });
});
