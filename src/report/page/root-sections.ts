/** What is shown of each tree in an image. */
import type { Pause } from '../../host.ts';
import { type BootConfig, type BootEntry, type BootFile, defaultEntry } from '../../inspect/boot/facts.ts';
import { escapeName } from '../../inspect/listing.ts';
import { formatSize } from '../../recipe/size.ts';
import type { BootStep } from '../boot-chain.ts';
import type { PackageShare } from '../packages.ts';
import type { RootData } from '../report-data.ts';
import type { LargeFile, Share } from '../shares.ts';
import type { TreeNode } from '../tree-map.ts';
import { type Html, html, jsonText } from './html.ts';
import { type Column, count, longTable, size, sizeColumns, table } from './table.ts';

/** What tells the sections of several trees apart: behind headings, and at the end of their ids. */
export interface RootMark {
  readonly words: string;
  readonly suffix: string;
}

export function bootSection({ chain, facts }: RootData, { words, suffix }: RootMark): Html | undefined {
  if (chain.length === 0) return undefined;
  return html`<section id="boot${suffix}">
<h2>Boot chain${words}</h2>
<ol class="chain card">${chain.map(stepItem)}</ol>
${facts.boot && facts.boot.entries.length > 0 && entryTable(facts.boot)}
</section>
`;
}

function entryTable(boot: BootConfig): Html {
  const { path, problems = [], others = [] } = boot;
  const chosen = defaultEntry(boot);
  const columns: Column<BootEntry>[] = [
    {
      heading: 'Entry',
      cell: (entry) => html`${escapeName(entry.title)}${entry === chosen && html` <small>default</small>`}`,
    },
    {
      heading: 'Loads',
      cell: ({ kernel, initrds, other }) =>
        other === undefined
          ? html`${[...(kernel ? [kernel] : []), ...initrds].map(fileWords)}`
          : html`<code>${escapeName(other)}</code>`,
    },
    { heading: 'Options', cell: ({ options }) => html`<code>${escapeName(options)}</code>` },
    { heading: 'Not resolved', cell: (entry) => (entry.problems ?? []).map(escapeName).join('; ') },
  ];
  const notes = [...problems, ...others.map((other) => `${other} is there as well`)].map(escapeName);
  return html`<div class="card">
${table(boot.entries, columns, { caption: `Entries of ${escapeName(path)}` })}
${notes.map((note) => html`<p class="note">${note}</p>`)}
</div>`;
}

function fileWords({ path, partition, missing }: BootFile): Html {
  const elsewhere = partition === undefined ? '' : ` partition ${partition}`;
  const words = `${elsewhere}${missing ? ' not found' : ''}`;
  return html`<code>${escapeName(path)}</code>${words !== '' && html`<small>${words}</small>`} `;
}

function stepItem({ title, subject, facts, loads, problem }: BootStep): Html {
  return html`<li${problem !== undefined && html` class="broken"`}><span class="step">${title}</span> <code class="subject">${subject}</code>
${problem !== undefined && html`<p class="problem">${problem}</p>`}
${facts.length > 0 && html`<p>${facts.join(' · ')}</p>`}
${loads !== undefined && html`<p class="loads"><span>loads</span> ${loads}</p>`}</li>
`;
}

/** A node as client/treemap.js takes it. */
type PackedNode = [string | number, number, number?, PackedNode[]?];

function pack({ name, bytes, entries, isRest, children }: TreeNode): PackedNode {
  if (isRest) return [entries, bytes];
  if (entries === 1) return [name, bytes];
  return children && children.length > 0
    ? [name, bytes, entries, children.map(pack)]
    : [name, bytes, entries];
}

export function treeSection(
  { tree, facts, byDirectory, byOrigin }: RootData,
  { words, suffix }: RootMark,
): Html {
  const { bytes, entries } = facts;
  const total = ['All', count(entries), size(bytes), ''];
  return html`<section id="tree${suffix}">
<h2>Tree${words}</h2>
<div class="treemap card" hidden>
<nav aria-label="Folder that is shown"><ol class="crumbs"></ol></nav>
<p class="sum" aria-live="polite"></p>
<div class="canvas" role="group" tabindex="-1"></div>
<p class="status note"></p>
<script type="application/json">${jsonText(pack(tree))}</script>
</div>
<noscript><p class="note">The picture of the tree needs JavaScript; the tables do not.</p></noscript>
<div class="card">
${table(withOthers(byDirectory), shareColumns('Folder', bytes), { caption: 'By folder', total })}
${byOrigin && table(withOthers(byOrigin), shareColumns('From', bytes), { caption: 'By origin: the input of the recipe that it is from', total })}
<p class="note">Sizes are those of the files, each name by itself, as <code>inspect</code> counts them; blocks and metadata are not in them.</p>
</div>
</section>
`;
}

/** Shares that are told one by one. */
const SHARES = 60;

function withOthers(shares: readonly Share[]): readonly Share[] {
  if (shares.length <= SHARES) return shares;
  const [told, others] = [shares.slice(0, SHARES - 1), shares.slice(SHARES - 1)];
  const bytes = others.reduce((sum, share) => sum + share.bytes, 0);
  const entries = others.reduce((sum, share) => sum + share.entries, 0);
  return [...told, { name: `${count(others.length)} others`, bytes, entries }];
}

function shareColumns(heading: string, whole: number): Column<Share>[] {
  return [
    { heading, cell: ({ name }) => html`<code>${name}</code>` },
    { heading: 'Entries', value: ({ entries }) => entries, cell: ({ entries }) => count(entries) },
    ...sizeColumns<Share>(whole),
  ];
}

/** @param pause called after each package */
export async function packageSection(
  { packages, unowned, facts }: RootData,
  { words, suffix }: RootMark,
  pause: Pause,
): Promise<Html> {
  const id = `package-table${suffix}`;
  const owned = packages.reduce((sum, { bytes }) => sum + bytes, 0);
  const entries = packages.reduce((sum, { entries }) => sum + entries, 0);
  const columns: Column<PackageShare>[] = [
    {
      heading: 'Package',
      cell: ({ name, type, url, architecture }) =>
        html`<code>${name}</code> <small title="${url}">${type}${architecture !== undefined && ` ${architecture}`}</small>`,
    },
    { heading: 'Version', cell: ({ version }) => html`<code>${version}</code>` },
    ...sizeColumns<PackageShare>(facts.bytes),
    { heading: 'Files', value: ({ entries }) => entries, cell: ({ entries }) => count(entries) },
    { heading: 'Licence', cell: ({ license }) => license ?? html`<small>not told</small>` },
  ];
  const total = ['Of no package', '', size(unowned.bytes), '', count(unowned.entries), ''];
  if (packages.length === 0) {
    return html`<section id="packages${suffix}">
<h2>Packages${words}</h2>
<p class="card">No database of apk or dpkg, and no store of Nix, is in this tree. All ${size(facts.bytes)} belong to no package.</p>
</section>
`;
  }
  return html`<section id="packages${suffix}">
<h2>Packages${words}</h2>
<div class="card">
<p>${count(packages.length)} ${packages.length === 1 ? 'package' : 'packages'} with ${formatSize(owned)} in ${count(entries)} files and links; ${formatSize(unowned.bytes)} in ${count(unowned.entries)} belong to none.</p>
<label class="filter" data-table="${id}" hidden>Search <input type="search" autocomplete="off"></label>
${await longTable(packages, columns, { id, caption: 'Packages, as a bill of materials', total }, pause)}
</div>
</section>
`;
}

export function filesSection({ largest, facts }: RootData, { words, suffix }: RootMark): Html | undefined {
  if (largest.length === 0) return undefined;
  const columns: Column<LargeFile>[] = [
    {
      heading: 'File',
      cell: ({ path, names }) =>
        html`<code>${path}</code>${names > 1 && html` <small>${names} names</small>`}`,
    },
    { heading: 'Package', cell: (file) => file.package ?? html`<small>none</small>` },
    ...sizeColumns<LargeFile>(facts.bytes),
  ];
  return html`<section id="files${suffix}">
<h2>Largest files${words}</h2>
<div class="card">
${table(largest, columns, { caption: `The ${largest.length} largest files` })}
</div>
</section>
`;
}
