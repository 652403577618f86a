/** What a report says of a tree: its sums are those of inspect, whichever way the bytes are shared out. */
import { expect, it } from 'vitest';
import { inspectImage } from '../../src/inspect/report.ts';
import { type ReportDataOptions, type RootData, reportData } from '../../src/report/report-data.ts';
import type { TreeNode } from '../../src/report/tree-map.ts';
import { nixComponent } from '../../src/sbom/brought.ts';
import { metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { richTree } from '../support/rich-tree.ts';
import { alpineRoot, debianRoot, withFiles } from '../support/sbom-roots.ts';
import { syntheticTree } from '../support/synthetic-tree.ts';
import { treeImage } from '../support/tree-image.ts';

const { host } = testHost();
const STORE_PATH = '/nix/store/00000000000000000000000000000000-hello-2.12.1';

async function rootOf(tree: Tree, options: ReportDataOptions = {}): Promise<RootData> {
  return (await reportData(treeImage(tree), options, host)).roots[0]!;
}

const sum = (items: readonly { readonly bytes: number }[]): number =>
  items.reduce((total, { bytes }) => total + bytes, 0);

/** Every node whose children do not add up to itself. */
function unequal(node: TreeNode): string[] {
  if (!node.children) return [];
  const own = sum(node.children) === node.bytes ? [] : [node.name];
  return [...own, ...node.children.flatMap(unequal)];
}

function nodes(node: TreeNode): number {
  return 1 + (node.children ?? []).reduce((count, child) => count + nodes(child), 0);
}

it.each([
  ['one of everything', richTree],
  ['Alpine', alpineRoot],
  ['Debian', debianRoot],
  ['many files', () => syntheticTree(50_000, 7, (index) => index)],
  ['nothing', () => new Tree()],
])('adds up: %s', async (_, make) => {
  const tree = make();
  const root = await rootOf(tree);
  const { root: facts } = await inspectImage(treeImage(tree), host);
  const { bytes, entries } = facts!;
  expect(root.facts).toEqual(facts);
  expect([root.tree.bytes, root.tree.entries]).toEqual([bytes, entries]);
  expect(unequal(root.tree)).toEqual([]);
  expect(sum(root.byDirectory)).toBe(bytes);
  expect(root.byDirectory.reduce((count, share) => count + share.entries, 0)).toBe(entries);
  expect(sum(root.packages) + root.unowned.bytes).toBe(bytes);
  expect(root.packages).toHaveLength((facts!.packages.apk ?? 0) + (facts!.packages.deb ?? 0));
});

it('gives files to the packages whose databases list them', async () => {
  const shares = async (tree: Tree): Promise<unknown> => {
    const { packages, unowned } = await rootOf(tree);
    return [...packages.map(({ name, version, license, bytes }) => [name, version, license, bytes]), unowned];
  };
  expect(await shares(alpineRoot())).toEqual([
    ['busybox', '1.36.1-r15', 'GPL-2.0-only', 7],
    ['odd+name', '1:2.0_rc1-r0', 'LicenseRef-custom', 5],
    ['libc-utils', '0.7.2-r5', 'BSD-2-Clause AND BSD-3-Clause', 0],
    { bytes: expect.any(Number), entries: 3 },
  ]);
  const debian = await rootOf(debianRoot());
  expect(debian.packages.slice(0, 2)).toMatchObject([
    {
      name: 'bash',
      type: 'deb',
      architecture: 'amd64',
      url: expect.stringContaining('pkg:deb/debian/bash@'),
    },
    { name: 'tzdata', bytes: 3, entries: 1 },
  ]);
});

it('knows paths of the Nix store by their names', async () => {
  const tree = withFiles(new Tree(), { [`${STORE_PATH}/bin/hello`]: 'hello', '/nix/store/.links/x': 'x' });
  const { packages, unowned, largest } = await rootOf(tree);
  expect(packages).toMatchObject([{ type: 'nix', name: 'hello', version: '2.12.1', bytes: 5, entries: 1 }]);
  expect(unowned).toEqual({ bytes: 1, entries: 1 });
  expect(largest[0]).toEqual({ path: `${STORE_PATH}/bin/hello`, bytes: 5, names: 1, package: 'hello' });
});

it('tells origins by the tree as it was cooked, and packages that only its recipe knows', async () => {
  const image = withFiles(new Tree(), {
    '/boot/vmlinuz': 'kernel',
    '/etc/motd': 'hello',
    '/etc/later': 'longer than before',
    [`${STORE_PATH}/bin/hello`]: 'hello',
    '/srv/page': 'page',
  });
  const cooked = withFiles(new Tree(metadata({ mode: 0o755, origin: 'base' })), {
    '/etc/motd': 'hello',
    '/etc/later': 'short',
  });
  withFiles(cooked, { '/srv/page': 'page' }, 'content /home/me/cake/pages');
  const brought = nixComponent({ path: STORE_PATH, narHash: '00' });
  withFiles(cooked, { [`${STORE_PATH}/bin/hello`]: 'hello' }, brought.origin);
  const origins = { tree: cooked, brought: [brought], folder: '/home/me/cake' };
  const { byOrigin, packages, facts } = await rootOf(image, { origins });
  expect(sum(byOrigin!)).toBe(facts.bytes);
  expect(byOrigin!.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['not cooked: kernel, initrd, boot loader, later changes', 24],
    ['nix hello-2.12.1', 5],
    ['base', 5],
    ['content ./pages', 4],
  ]);
  expect(packages).toMatchObject([{ name: 'hello', bytes: 5 }]);
});

it('tells the largest files, each once, with the count of its names', async () => {
  const { largest } = await rootOf(richTree(), { files: 3 });
  expect(largest).toEqual([
    { path: '/large', bytes: 5_000_001, names: 1 },
    { path: '/zeros', bytes: 300_000, names: 1 },
    { path: '/block-and-a-byte', bytes: 4097, names: 1 },
  ]);
  const all = await rootOf(richTree(), { files: 10_000 });
  expect(all.largest.find(({ path }) => path === '/links/first')?.names).toBe(3);
});

it('keeps the picture small, whatever the tree', async () => {
  const flat = await rootOf(syntheticTree(50_000, 1, () => 100));
  expect(nodes(flat.tree)).toBeLessThan(300);
  const [folder] = flat.tree.children!;
  const rest = folder!.children!.at(-1)!;
  expect(rest).toMatchObject({ isRest: true, name: '' });
  expect(folder!.children!.length - 1 + rest.entries).toBe(50_000);
  const wide = await rootOf(syntheticTree(50_000, 700, (index) => index * 10));
  expect(nodes(wide.tree)).toBeLessThan(6100);
});

it('depends on the name of the image, not on its folder', async () => {
  const [a, b] = await Promise.all(
    ['/folder-one/name', '/folder-two/name'].map((path) => reportData(treeImage(richTree(), path), {}, host)),
  );
  expect(a).toEqual(b);
  expect(JSON.stringify(a)).not.toContain('folder-one');
});
