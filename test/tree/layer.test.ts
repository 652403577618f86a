import { describe, expect, it } from 'vitest';
import { type Content, readContent, textContent } from '../../src/tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { type LayerOptions, layerAtOnce } from '../../src/tree/layer.ts';
import { Tree } from '../../src/tree/tree.ts';

const base = metadata({ origin: 'base', mode: 0o755 });
const over = metadata({ origin: 'overlay', mode: 0o700, uid: 5 });

const REPLACE: LayerOptions = { settle: () => 'replace' };
const SKIP: LayerOptions = { settle: () => 'skip' };

/** Texts are files, `-> target` is a link, null a directory; entries are themselves. */
function treeOf(meta: typeof base, paths: Record<string, string | null | Entry>): Tree {
  const tree = new Tree(meta);
  for (const [path, value] of Object.entries(paths)) {
    const entry =
      value === null
        ? directoryEntry(meta)
        : typeof value !== 'string'
          ? value
          : value.startsWith('-> ')
            ? symlinkEntry(value.slice(3), meta)
            : fileEntry(textContent(value), meta);
    tree.set(path, entry, meta);
  }
  return tree;
}

function text(tree: Tree, path: string): string {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `<${entry?.type}>`;
}

function refusal(below: Tree, above: Tree, options = {}): { message: string; hint: string } {
  try {
    layerAtOnce(below, above, options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'RB_TREE_CONFLICT' });
    return error as { message: string; hint: string };
  }
  throw new Error('nothing was refused');
}

describe('layer', () => {
  it('adds what is new, keeps the metadata of directories, and tells what it put there', () => {
    const tree = treeOf(base, { '/etc/motd': 'old' });
    const overlay = treeOf(over, { '/etc/issue': 'new', '/srv/www/index.html': 'hello', '/srv/empty': null });
    const placed = layerAtOnce(tree, overlay);
    expect(placed.map(({ path }) => path)).toEqual(['/etc/issue', '/srv/www/index.html']);
    expect(placed[0]!.entry).toBe(tree.get('/etc/issue'));
    expect(tree.get('/etc')).toMatchObject({ mode: 0o755, uid: 0, origin: 'base' });
    expect(tree.get('/srv/www')).toMatchObject({ mode: 0o700, uid: 5, origin: 'overlay' });
    expect(tree.get('/srv/empty')?.type).toBe('directory');
    expect(tree.root.origin).toBe('base');
  });

  it('puts an overlay below a folder, and makes the folder', () => {
    const tree = treeOf(base, { '/opt': '-> usr/opt', '/srv': null });
    layerAtOnce(tree, treeOf(over, { '/a': 'a' }), { to: '/opt/tool' });
    layerAtOnce(tree, treeOf(over, { '/a': 'a' }), { to: '/srv' });
    expect(text(tree, '/usr/opt/tool/a')).toBe('a');
    expect(tree.get('/usr/opt')).toMatchObject({ mode: 0o755, uid: 0 });
    expect(tree.get('/usr/opt/tool')).toMatchObject({ mode: 0o700, uid: 5 });
    expect(tree.get('/srv')).toMatchObject({ mode: 0o755, uid: 0 });
  });

  it.each([
    ['a file', { '/opt': 'file' }, '/opt', /^\/opt: a file from base, and a directory from overlay$/],
    ['a file on the way', { '/opt': 'file' }, '/opt/tool', /^\/opt\/tool cannot be made for overlay/],
    ['a link that leads round', { '/opt': '-> opt' }, '/opt', /^\/opt cannot be made for overlay/],
  ])('refuses a folder that is %s, whatever is settled', (_, below, to, message) => {
    expect(refusal(treeOf(base, below), treeOf(over, { '/a': '' }), { ...REPLACE, to }).message).toMatch(
      message,
    );
  });

  it('leaves the overlay as it was', () => {
    const tree = new Tree(base);
    const overlay = treeOf(over, { '/d/a': 'a' });
    layerAtOnce(tree, overlay);
    tree.delete('/d/a');
    expect(text(overlay, '/d/a')).toBe('a');
  });

  it('keeps hard links of the overlay together', () => {
    const overlay = treeOf(over, { '/a': 'same' });
    overlay.set('/b', overlay.get('/a')!);
    const tree = treeOf(base, { '/a': 'same' });
    layerAtOnce(tree, overlay);
    expect(tree.get('/a')).toBe(tree.get('/b'));
  });
});

describe('what two inputs bring alike', () => {
  const device = (meta: typeof base, minor = 3): Entry => deviceEntry('char', 1, minor, meta);

  it.each([
    ['files', 'same', 'same'],
    ['links', '-> target', '-> target'],
    ['links that are spelt otherwise', '-> ../run', '-> /run'],
    ['devices', device(base), device(over)],
    ['pipes', pipeEntry('fifo', base), pipeEntry('fifo', over)],
  ])('is no conflict: %s; the later metadata counts, unless it is skipped', (_, below, above) => {
    const [tree, kept] = [treeOf(base, { '/var/x': below }), treeOf(base, { '/var/x': below })];
    const placed = layerAtOnce(tree, treeOf(over, { '/var/x': above }));
    expect(placed.map(({ path }) => path)).toEqual(['/var/x']);
    expect(tree.get('/var/x')).toMatchObject({ uid: 5, origin: 'overlay' });
    expect(layerAtOnce(kept, treeOf(over, { '/var/x': above }), SKIP)).toEqual([]);
    expect(kept.get('/var/x')).toMatchObject({ uid: 0, origin: 'base' });
  });

  it.each([
    ['files of one size', 'one', 'two'],
    ['files of other sizes', 'one', 'three'],
    ['links', '-> a', '-> b'],
    ['links through a parent that may be a link', '-> a/../b', '-> b'],
    ['devices', device(base), device(over, 5)],
    ['types of device', device(base), deviceEntry('block', 1, 3, over)],
    ['a pipe and a socket', pipeEntry('fifo', base), pipeEntry('socket', over)],
    ['a file and a link', 'x', '-> x'],
    ['a file and a directory', 'x', null],
    ['a directory and a file', null, 'x'],
  ])('is a conflict where it differs: %s', (_, below, above) => {
    const tree = treeOf(base, { '/d/x': below });
    const before = tree.get('/d/x');
    const { message, hint } = refusal(tree, treeOf(over, { '/d/x': above, '/d/y': 'new' }));
    expect(message).toMatch(/^\/d\/x: a .* from base, and a.* from overlay$/);
    expect(hint).toMatch(/replace: true.*skip: true/);
    expect(tree.get('/d/x')).toBe(before);
    expect(tree.get('/d/y'), 'nothing is half done').toBeUndefined();
    layerAtOnce(tree, treeOf(over, { '/d/x': above }), SKIP);
    expect(tree.get('/d/x')).toBe(before);
    layerAtOnce(tree, treeOf(over, { '/d/x': above }), REPLACE);
    expect(tree.get('/d/x')).toMatchObject({ origin: 'overlay' });
  });

  it('is not read where sizes or places tell', () => {
    const unreadable = (size: number, position: number): Content => ({
      size,
      place: { file: '/blob', position },
      open: () => {
        throw new Error('read');
      },
    });
    const file = (size: number, position: number, meta: typeof base): Entry =>
      fileEntry(unreadable(size, position), meta);
    layerAtOnce(treeOf(base, { '/x': file(9, 5, base) }), treeOf(over, { '/x': file(9, 5, over) }));
    refusal(treeOf(base, { '/x': file(9, 5, base) }), treeOf(over, { '/x': file(8, 5, over) }));
    const tree = treeOf(base, { '/x': file(9, 5, base) });
    const overlay = treeOf(over, { '/a': 'a', '/x': file(9, 6, over) });
    expect(() => layerAtOnce(tree, overlay)).toThrow('read');
    expect(tree.get('/a')).toBeUndefined();
  });
});

describe('conflicts', () => {
  it('are told all at once, ten by name', () => {
    const files = (content: string) =>
      Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`/etc/f${index}`, content]));
    const { message } = refusal(treeOf(base, files('a')), treeOf(over, files('b')));
    const lines = message.split('\n  ');
    expect(lines[0]).toBe('two inputs bring different things to 13 paths:');
    expect(lines[1]).toBe('/etc/f0: a file from base, and another file from overlay');
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('and 3 more');
  });

  it('are settled path by path', () => {
    const tree = treeOf(base, { '/etc/a': 'base', '/etc/b': 'base' });
    layerAtOnce(tree, treeOf(over, { '/etc/a': 'over', '/etc/b': 'over' }), {
      settle: (path) => (path === '/etc/a' ? 'replace' : 'skip'),
    });
    expect([text(tree, '/etc/a'), text(tree, '/etc/b')]).toEqual(['over', 'base']);
  });

  it('with a directory that is not empty stay', () => {
    const tree = treeOf(base, { '/d/x': 'x' });
    const { message, hint } = refusal(tree, treeOf(over, { '/d': '-> e' }), REPLACE);
    expect(message).toBe('/d: a directory from base that is not empty, and a link to "e" from overlay');
    expect(hint).toMatch(/skip: true.*never replaced/);
    layerAtOnce(tree, treeOf(over, { '/d': '-> e' }), SKIP);
    expect(text(tree, '/d/x')).toBe('x');
  });

  it('leave out all of a directory that is skipped', () => {
    const tree = treeOf(base, { '/d': 'file' });
    expect(
      layerAtOnce(tree, treeOf(over, { '/d/x/y': 'y', '/z': 'z' }), SKIP).map(({ path }) => path),
    ).toEqual(['/z']);
    expect(text(tree, '/d')).toBe('file');
  });
});

describe('roots with merged /usr', () => {
  const program = { '/bin/tool': 'tool', '/lib64/loader.so': 'loader' };

  it.each([
    [
      'a link to a directory',
      { '/usr/bin': null, '/bin': '-> usr/bin', '/usr/lib64': null, '/lib64': '-> /usr/lib64' },
    ],
    ['a link to nothing yet', { '/bin': '-> usr/bin', '/lib64': '-> /usr/lib64' }],
    [
      'links over links',
      { '/usr/bin': null, '/s': '-> usr', '/bin': '-> s/bin', '/lib64': '-> ../../usr/lib64' },
    ],
  ])('take what belongs below /bin where the link leads: %s', (_, below) => {
    const tree = treeOf(base, below);
    const placed = layerAtOnce(tree, treeOf(over, program));
    expect(tree.get('/bin')?.type).toBe('symlink');
    expect(placed.map(({ path }) => path)).toEqual(['/usr/bin/tool', '/usr/lib64/loader.so']);
    expect(text(tree, '/lib64/loader.so')).toBe('loader');
  });

  it('never lead out of the tree', () => {
    const tree = treeOf(base, { '/lib64': '-> ../../../../etc' });
    layerAtOnce(tree, treeOf(over, { '/lib64/passwd': 'x' }));
    expect(text(tree, '/etc/passwd')).toBe('x');
  });

  it('refuse a directory where a link leads to a file or round, and name the link', () => {
    const tree = treeOf(base, { '/file': '', '/bin': '-> file', '/lib64': '-> lib64' });
    const { message } = refusal(tree, treeOf(over, program));
    expect(message).toContain('/bin: a link to "file" from base, and a directory from overlay');
    expect(message).toContain('/lib64: a link to "lib64" from base, and a directory from overlay');
    layerAtOnce(tree, treeOf(over, program), REPLACE);
    expect(text(tree, '/bin/tool')).toBe('tool');
  });

  it('find one path by two names', () => {
    const tree = treeOf(base, { '/usr/bin': null, '/bin': '-> usr/bin' });
    const { message } = refusal(tree, treeOf(over, { '/bin/x': 'one', '/usr/bin/x': 'two' }));
    expect(message).toBe('/usr/bin/x: a file from overlay, and another file from overlay');
  });

  const merged = {
    '/usr/bin/tool': 'tool',
    '/usr/lib64/loader': '',
    '/bin': '-> usr/bin',
    '/lib64': '-> /usr/lib64',
  };

  it('leave the directories of a root without it, and replace empty ones', () => {
    const tree = treeOf(base, { '/bin/sh': 'sh', '/lib64': null });
    layerAtOnce(tree, treeOf(over, merged));
    expect(text(tree, '/bin/sh')).toBe('sh');
    expect(text(tree, '/usr/bin/tool')).toBe('tool');
    expect(tree.get('/lib64')).toMatchObject({ type: 'symlink', origin: 'overlay' });
  });

  it.each([
    ['of the recipe', { '/bin': '-> usr/bin' }],
    ['that leads elsewhere', { '/bin': '-> usr/local', '/usr/local': null }],
    ['deeper down', { '/opt/bin': '-> usr/bin', '/usr/bin': null }],
  ])('are not meant by a link %s', (_, above) => {
    const tree = treeOf(base, { '/bin/sh': 'sh', '/opt/bin/sh': 'sh' });
    expect(refusal(tree, treeOf(over, above)).message).toMatch(
      /bin: a directory from base that is not empty/,
    );
  });
});
