import { describe, expect, it } from 'vitest';
import { readContent, textContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { layer } from '../../src/tree/layer.ts';
import { Tree } from '../../src/tree/tree.ts';

const base = metadata({ origin: 'base', mode: 0o755 });
const over = metadata({ origin: 'overlay', mode: 0o700, uid: 5 });

function text(tree: Tree, path: string): string {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `<${entry?.type}>`;
}

describe('layer', () => {
  it('replaces files and keeps the metadata of directories that exist', () => {
    const tree = new Tree(base);
    tree.set('/etc/motd', fileEntry(textContent('old'), base));
    const overlay = new Tree(over);
    overlay.set('/etc/motd', fileEntry(textContent('new'), over), over);
    overlay.set('/srv/www/index.html', fileEntry(textContent('hello'), over), over);
    layer(tree, overlay);
    expect(text(tree, '/etc/motd')).toBe('new');
    expect(tree.get('/etc')).toMatchObject({ mode: 0o755, uid: 0 });
    expect(tree.get('/srv/www')).toMatchObject({ mode: 0o700, uid: 5 });
    expect(tree.root.origin).toBe('base');
  });

  it('goes through a link that leads to a directory, as merged-/usr roots need', () => {
    const tree = new Tree(base);
    tree.set('/usr/bin', directoryEntry(base));
    tree.set('/bin', symlinkEntry('usr/bin', base));
    const overlay = new Tree(over);
    overlay.set('/bin/tool', fileEntry(textContent('tool'), over));
    layer(tree, overlay);
    expect(tree.get('/bin')?.type).toBe('symlink');
    expect(text(tree, '/usr/bin/tool')).toBe('tool');
  });

  it('puts an overlay below a folder, and makes the folder', () => {
    const tree = new Tree(base);
    const overlay = new Tree(over);
    overlay.set('/a', fileEntry(textContent('a'), over));
    layer(tree, overlay, '/opt/tool');
    expect(text(tree, '/opt/tool/a')).toBe('a');
  });

  it('leaves the overlay as it was', () => {
    const tree = new Tree(base);
    const overlay = new Tree(over);
    overlay.set('/d/a', fileEntry(textContent('a'), over), over);
    layer(tree, overlay);
    tree.delete('/d/a');
    expect(text(overlay, '/d/a')).toBe('a');
  });

  it.each([
    ['a directory over a file', '/x', '/x/y'],
    ['a file over a directory', '/x/y', '/x'],
  ])('refuses %s, naming both inputs', (_, below, above) => {
    const tree = new Tree(base);
    tree.set(below, fileEntry(textContent(''), base), base);
    const overlay = new Tree(over);
    overlay.set(above, fileEntry(textContent(''), over), over);
    expect(() => layer(tree, overlay)).toThrow(
      expect.objectContaining({
        code: 'RB_TREE_CONFLICT',
        message: expect.stringMatching(/base.*overlay/),
      }),
    );
  });
});
