/** What holds for any two trees; names are few, so that they meet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readContent, textContent } from '../../src/tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  metadata,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { type LayerOptions, layerAtOnce } from '../../src/tree/layer.ts';
import { Tree } from '../../src/tree/tree.ts';
import { runs } from '../support/seed.ts';

type Recipe = { readonly [name: string]: Recipe | string };

const names = fc.constantFrom('bin', 'usr', 'lib', 'a', 'b');
const leaf = fc.oneof(
  fc.constantFrom('file:', 'file:x', 'file:y', 'char:1', 'char:2'),
  fc
    .constantFrom('a', '../b', '/usr/bin', 'usr/bin', 'usr/lib', '/', '..', 'bin/a', 'none')
    .map((to) => `link:${to}`),
);
const { directory } = fc.letrec<{ directory: Recipe; entry: Recipe | string }>((tie) => ({
  directory: fc.dictionary(names, tie('entry'), { maxKeys: 4, noNullPrototype: true }),
  entry: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, tie('directory')),
}));

/** The owner tells whose entry it is. */
function treeOf(recipe: Recipe, origin: string, uid: number): Tree {
  const meta = metadata({ origin, uid, mode: 0o755 });
  const tree = new Tree(meta);
  const fill = (children: Map<string, Entry>, of: Recipe): void => {
    for (const [name, value] of Object.entries(of)) {
      if (typeof value === 'string') children.set(name, leafOf(value));
      else {
        const folder = directoryEntry(meta);
        children.set(name, folder);
        fill(folder.children, value);
      }
    }
  };
  const leafOf = (value: string): Entry => {
    const [kind, rest = ''] = value.split(/:(.*)/s);
    if (kind === 'link') return symlinkEntry(rest, meta);
    if (kind === 'char') return deviceEntry('char', 1, Number(rest), meta);
    return fileEntry(textContent(rest), meta);
  };
  fill(tree.root.children, recipe);
  return tree;
}

const what = (entry: Entry | undefined): string =>
  entry === undefined
    ? 'nothing'
    : entry.type === 'file'
      ? `file ${Buffer.from(readContent(entry.content))}`
      : entry.type === 'symlink'
        ? `link ${entry.target}`
        : 'minor' in entry
          ? `${entry.type} ${entry.minor}`
          : entry.type;

/** Everything, with its owner; sorted by path. */
const listing = (tree: Tree): string[] =>
  [...tree.walk()].map(({ path, entry }) => `${path} ${what(entry)} ${entry.uid}`);
/** Without owners, and without the roots' own names. */
const kinds = (tree: Tree): string[] => [...tree.walk()].map(({ path, entry }) => `${path} ${what(entry)}`);

/** Whether it was done; a conflict is the only error that there is. */
function tryLayer(base: Tree, overlay: Tree, options?: LayerOptions): boolean {
  try {
    layerAtOnce(base, overlay, options);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'RB_TREE_CONFLICT' });
    return false;
  }
}

const trees = (base: Recipe, overlay: Recipe): [Tree, Tree] => [
  treeOf(base, 'base', 1),
  treeOf(overlay, 'overlay', 2),
];
const many = { numRuns: runs(1000) };

describe('layering any two trees', () => {
  it('loses nothing of the base without an error, and changes nothing with one', () => {
    let done = 0;
    fc.assert(
      fc.property(directory, directory, (below, above) => {
        const [tree, overlay] = trees(below, above);
        const [before, beforeAbove] = [listing(tree), listing(overlay)];
        const old = [...tree.walk()];
        if (tryLayer(tree, overlay)) {
          done += 1;
          for (const { path, entry } of old) {
            const now = tree.get(path);
            // An empty directory gives way to a link of merged /usr; links may be spelt otherwise.
            if (entry.type === 'symlink') expect(now?.type).toBe('symlink');
            else if (now?.type === 'symlink') expect(what(entry)).toBe('directory');
            else expect(what(now), path).toBe(what(entry));
          }
        } else expect(listing(tree)).toEqual(before);
        expect(listing(overlay)).toEqual(beforeAbove);
      }),
      many,
    );
    expect(done).toBeGreaterThan(many.numRuns / 10);
  });

  it('puts everything of the overlay where its path leads, unless /usr is merged in one of them only', () => {
    fc.assert(
      fc.property(directory, directory, (below, above) => {
        const [tree, overlay] = trees(below, above);
        if (!tryLayer(tree, overlay)) return;
        for (const { path, name, entry } of overlay.walk()) {
          const folder = tree.resolve(path.slice(0, -name.length));
          const now = folder?.entry.type === 'directory' ? folder.entry.children.get(name) : undefined;
          if (path === '/') continue;
          if (entry.type === 'directory') expect(tree.resolve(path)?.entry.type, path).toBe('directory');
          else if (now?.type === 'directory') expect(path).toMatch(/^\/(?:bin|lib)$/);
          // Two of its paths may lead to one, with equal things; links may be spelt otherwise.
          else if (entry.type === 'symlink') expect(now?.type, path).toBe('symlink');
          else expect(what(now), path).toBe(what(entry));
        }
      }),
      many,
    );
  });

  it('twice is as once', () => {
    fc.assert(
      fc.property(directory, directory, (below, above) => {
        const [tree, overlay] = trees(below, above);
        if (!tryLayer(tree, overlay)) return;
        const once = listing(tree);
        expect(tryLayer(tree, overlay)).toBe(true);
        expect(listing(tree)).toEqual(once);
      }),
      many,
    );
  });

  it('in either order comes to the same kinds of things, where there are no links', () => {
    const plain = (recipe: Recipe): Recipe =>
      Object.fromEntries(
        Object.entries(recipe).map(([name, value]) => [
          name,
          typeof value !== 'string' ? plain(value) : value.startsWith('link:') ? 'char:3' : value,
        ]),
      );
    fc.assert(
      fc.property(directory.map(plain), directory.map(plain), (below, above) => {
        const [one, two] = trees(below, above);
        const [first, second] = trees(below, above);
        expect(tryLayer(second, first)).toBe(tryLayer(one, two));
        if (tryLayer(one, two)) expect(kinds(one)).toEqual(kinds(second));
      }),
      many,
    );
  });

  it('with skip never fails, and keeps every entry of the base', () => {
    fc.assert(
      fc.property(directory, directory, (below, above) => {
        const [tree, overlay] = trees(below, above);
        const old = [...tree.walk()];
        expect(tryLayer(tree, overlay, { settle: () => 'skip' })).toBe(true);
        for (const { path, entry } of old) expect(tree.get(path), path).toBe(entry);
        for (const { entry } of old) expect(entry.uid).toBe(1);
      }),
      many,
    );
  });

  it('with replace fails only for directories that are not empty', () => {
    fc.assert(
      fc.property(directory, directory, (below, above) => {
        const [tree, overlay] = trees(below, above);
        try {
          layerAtOnce(tree, overlay, { settle: () => 'replace' });
        } catch (error) {
          for (const line of (error as Error).message.split('\n').filter((text) => text.startsWith('  /')))
            expect(line).toContain('a directory');
          expect((error as Error).message).toContain('that is not empty');
        }
      }),
      many,
    );
  });
});
