import { describe, expect, test } from 'vitest';
import { applyLayer } from '../../src/formats/oci/index.ts';
import { bytesContent, readContent } from '../../src/tree/content.ts';
import { Tree } from '../../src/tree/tree.ts';
import { type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

describe('layers', () => {
  const dir = { typeflag: '5', mode: 0o755 };
  const link = (name: string, linkname: string): TarBlock => ({ name, linkname, typeflag: '2' });
  const hard = (name: string, linkname: string): TarBlock => ({ name, linkname, typeflag: '1' });
  const file = (name: string, body = name): TarBlock => ({ name, body });

  async function stack(...layers: TarBlock[][]): Promise<Tree> {
    const tree = new Tree();
    for (const [index, blocks] of layers.entries()) {
      await applyLayer(tree, bytesContent(tarBlocks(blocks)), { origin: 'base', what: `layer ${index + 1}` });
    }
    return tree;
  }

  const paths = (tree: Tree): string[] => [...tree.walk()].map(({ path }) => path).slice(1);
  const text = (tree: Tree, path: string): string => {
    const entry = tree.get(path);
    return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `${entry?.type}`;
  };

  test('take away what is below, and nothing else', async () => {
    const lower = [file('a/x'), file('a/y'), file('b/x'), file('c/d/x'), file('c/y'), file('e')];
    const upper = [
      file('a/z'),
      file('a/.wh.x'),
      file('.wh.b'),
      file('c/d/new'),
      file('.wh.c'),
      file('.wh.none'),
    ];
    expect(paths(await stack(lower, upper))).toEqual(['/a', '/a/y', '/a/z', '/c', '/c/d', '/c/d/new', '/e']);
  });

  test('opaque directories hide what is below, wherever the mark stands', async () => {
    const lower = [file('a/x'), file('a/b/x'), file('z')];
    expect(paths(await stack(lower, [file('a/new'), file('a/b/new'), file('a/.wh..wh..opq')]))).toEqual([
      '/a',
      '/a/b',
      '/a/b/new',
      '/a/new',
      '/z',
    ]);
    expect(paths(await stack(lower, [file('.wh..wh..opq'), file('n')]))).toEqual(['/n']);
    expect(paths(await stack([file('.wh..wh..opq'), file('n')]))).toEqual(['/n']);
  });

  test('put one thing in the place of another', async () => {
    const lower = [file('d/x'), file('f'), link('l', 'd')];
    const tree = await stack(lower, [
      file('d'),
      { ...dir, name: 'f' },
      file('f/x'),
      { ...dir, name: 'l' },
      file('l/y'),
    ]);
    expect(paths(tree)).toEqual(['/d', '/f', '/f/x', '/l', '/l/y']);
  });

  test('a hard link leads to what is there then', async () => {
    const tree = await stack(
      [file('a', 'old')],
      [hard('b', 'a'), file('a', 'new'), hard('c', 'a'), file('.wh.b')],
    );
    expect(tree.get('/b')).not.toBe(tree.get('/a'));
    expect(tree.get('/c')).toBe(tree.get('/a'));
    expect([text(tree, '/a'), text(tree, '/b')]).toEqual(['new', 'old']);
  });

  test('links among parents never lead out', async () => {
    const lower = [link('up', '../../../..'), link('etc', '/real'), { ...dir, name: 'real' }, file('real/x')];
    const tree = await stack(lower, [
      file('up/escaped'),
      file('etc/new'),
      file('etc/.wh.x'),
      file('up/up/.wh.none'),
    ]);
    expect(paths(tree)).toEqual(['/escaped', '/etc', '/real', '/real/new', '/up']);
  });

  test.each<[string, TarBlock[], string]>([
    ['a name with ..', [file('a/../../b')], 'RB_PATH_INVALID'],
    ['a whiteout of ..', [file('a/.wh...')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout of .', [file('a/.wh..')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout of nothing', [file('.wh.')], 'RB_OCI_UNSUPPORTED'],
    ['a mark of AUFS', [file('.wh..wh.plnk')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout with .. before it', [file('../.wh.x')], 'RB_PATH_INVALID'],
    ['a file as a parent', [file('file/x')], 'RB_TREE_CONFLICT'],
    ['a link to nowhere as a parent', [file('nowhere/x')], 'RB_TREE_CONFLICT'],
    ['a hard link to what was taken away', [file('.wh.file'), hard('b', 'file')], 'RB_ARCHIVE_DAMAGED'],
    ['a root that is a link', [link('/', '/etc')], 'RB_PATH_INVALID'],
  ])('refused: %s', async (_, upper, code) => {
    const lower = [file('file'), link('nowhere', 'gone'), { ...dir, name: 'a' }];
    await expect(stack(lower, upper)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('have limits', async () => {
    const layer = bytesContent(tarBlocks([file('a'), file('b')]));
    const options = { origin: 'base', what: 'layer 1 of x' };
    const entries = applyLayer(new Tree(), layer, { ...options, limits: { entries: 1, bytes: 100 } });
    await expect(entries).rejects.toThrow(/layer 1 of x holds more than 1 entries/);
    const bytes = applyLayer(new Tree(), layer, { ...options, limits: { entries: 9, bytes: 1 } });
    await expect(bytes).rejects.toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_TOO_LARGE' }));
  });
});
