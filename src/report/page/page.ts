import { createHash } from 'node:crypto';
import type { Pause } from '../../host.ts';
import { escapeName } from '../../inspect/listing.ts';
import { formatSize } from '../../recipe/size.ts';
import type { ReportData, RootData } from '../report-data.ts';
import { diskSection } from './disk-section.ts';
import { Html, html } from './html.ts';
import { facts } from './parts.ts';
import { bootSection, filesSection, packageSection, type RootMark, treeSection } from './root-sections.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';
import { count } from './table.ts';

const KINDS: Readonly<Record<ReportData['image']['kind'], string>> = {
  disk: 'Disk image',
  filesystem: 'File system',
  tar: 'tar archive',
  cpio: 'cpio archive',
  oci: 'OCI image',
  docker: 'Image of docker save',
  folder: 'Folder',
};

/**
 * One page that needs nothing but itself. Its policy lets nothing be loaded and runs its own script only; names of
 * the image's are text in it, whatever they hold.
 *
 * @param pause called often
 */
export async function renderPage(data: ReportData, pause: Pause): Promise<string> {
  const [style, script] = [pageStyle(), pageScript()];
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const sections = [overview(data), diskSection(data)];
  for (const root of data.roots) sections.push(...(await rootSections(root, data, pause)));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${data.name} – rootless-bake report</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="kind">${kindWords(data)}</p>
<h1>${data.name}</h1>
<button type="button" class="theme" hidden>Colours: auto</button>
</header>
${navigation(data)}
<main id="main">
${sections}</main>
<footer>Made by rootless-bake from the image alone: nothing was mounted, nothing is loaded.</footer>
<script>${new Html(script)}</script>
</body>
</html>
`;
  return page.text;
}

/** As a policy has it: 'sha256-…', of the element's text. */
function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function kindWords({ image }: ReportData): string {
  const packed = image.compression === 'none' ? '' : `, compressed by ${image.compression}`;
  return `${KINDS[image.kind]}${packed}`;
}

async function rootSections(
  root: RootData,
  { roots }: ReportData,
  pause: Pause,
): Promise<(Html | undefined)[]> {
  const mark = markOf(root, roots);
  return [
    bootSection(root, mark),
    treeSection(root, mark),
    await packageSection(root, mark, pause),
    filesSection(root, mark),
  ];
}

function markOf({ partition }: RootData, roots: readonly RootData[]): RootMark {
  if (roots.length === 1 || partition === undefined) return { words: '', suffix: '' };
  return { words: ` of partition ${partition}`, suffix: `-${partition}` };
}

function navigation({ disk, fileSystems, roots }: ReportData): Html {
  const links: [id: string, words: string][] = [['overview', 'Overview']];
  if (disk || fileSystems.length > 0) links.push(['disk', disk ? 'Disk' : 'File system']);
  for (const root of roots) {
    const { suffix } = markOf(root, roots);
    const number = suffix === '' ? '' : ` ${root.partition}`;
    if (root.chain.length > 0) links.push([`boot${suffix}`, `Boot${number}`]);
    links.push([`tree${suffix}`, `Tree${number}`], [`packages${suffix}`, `Packages${number}`]);
    if (root.largest.length > 0) links.push([`files${suffix}`, `Files${number}`]);
  }
  return html`<nav class="sections" aria-label="Sections"><ul>${links.map(([id, words]) => html`<li><a href="#${id}">${words}</a></li>`)}</ul></nav>`;
}

function overview({ image, roots }: ReportData): Html {
  const { kind, size, config } = image;
  const tiles = roots.map((root) => {
    const { os, kernel, bytes, entries } = root.facts;
    return html`<div class="tiles">
${tile('System', os ? escapeName(os.title) : 'does not say', '')}
${kernel && tile('Kernel', escapeName(kernel.release ?? 'unknown'), '')}
${tile('Files', formatSize(bytes), `${count(bytes)} bytes in ${count(entries)} entries`)}
${tile('Packages', count(root.packages.length), packageWords(root))}
</div>
`;
  });
  return html`<section id="overview">
<h2>Overview</h2>
${tiles}
${kind !== 'folder' && size > 0 && html`<p class="note">The image has ${formatSize(size)} (${count(size)} bytes).</p>`}
${
  config &&
  html`<div class="card"><h3>Configuration</h3>${facts([
    [
      'Platform',
      [config.platform.os, config.platform.architecture, config.platform.variant]
        .filter(Boolean)
        .map(String)
        .map(escapeName)
        .join('/'),
    ],
    ['Entrypoint', words(config.entrypoint)],
    ['Command', words(config.cmd)],
    ['Working folder', escapeName(config.workingDir)],
    ['User', escapeName(config.user)],
    ['Environment', words(config.env)],
    ['Ports', words(config.exposedPorts)],
    ['Volumes', words(config.volumes)],
    ['Layers', count(config.diffIds.length)],
  ])}</div>`
}
</section>
`;
}

function words(items: readonly string[]): Html | undefined {
  return items.length === 0
    ? undefined
    : html`${items.map((item) => html`<code>${escapeName(item)}</code> `)}`;
}

function tile(name: string, value: string, more: string): Html {
  return html`<div class="tile card"><p class="name">${name}</p><p class="value">${value}</p>${more !== '' && html`<p class="more">${more}</p>`}</div>`;
}

function packageWords({ packages }: RootData): string {
  const types = new Map<string, number>();
  for (const { type } of packages) types.set(type, (types.get(type) ?? 0) + 1);
  return [...types].map(([type, number]) => `${count(number)} ${type}`).join(', ');
}
