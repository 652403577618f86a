/** The page in headless Chromium, as the command line writes it of an image that was baked. */
import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { bake } from '../../src/bake/bake.ts';
import { renderPage } from '../../src/report/page/page.ts';
import { reportData } from '../../src/report/report-data.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { cookedRoot, installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';
import { openPage, type PageOptions, startBrowser } from '../support/report-browser.ts';
import { alpineRoot, withFiles } from '../support/sbom-roots.ts';
import { syntheticTree } from '../support/synthetic-tree.ts';
import { treeImage } from '../support/tree-image.ts';

const MEBIBYTE = 1 << 20;
const BUSYBOX = '/bin/busybox';
/** As a slash may not be in a name, one that looks like it; the last tries to close the element that holds data. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><b onclick=alert(2)>',
  '<\u2215script><script>alert(3)<!--',
];
const { host } = testHost();

let folder: string;
let image: string;
let report: string;
let browser: Browser;
let complaints: readonly string[] = [];

/** What the command line prints with `--json`. */
function cli(...args: string[]): ReturnType<typeof JSON.parse> {
  return JSON.parse(
    execFileSync(process.execPath, [inject('product').cli, ...args, '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
}

/** Bytes of the files below a folder, as `ls -lR` has them. */
function bytesBelow(path: string): number {
  const { entries } = cli('ls', '-lR', image, path) as { entries: { type: string; size?: number }[] };
  return entries.reduce((sum, { type, size = 0 }) => sum + (type === 'file' ? size : 0), 0);
}

async function open(options: PageOptions = {}, path = report): Promise<Page> {
  const opened = await openPage(browser, path, options);
  complaints = opened.complaints;
  return opened.page;
}

/** Of the folder that the treemap shows. */
async function shown(page: Page): Promise<{ path: string; bytes: number }> {
  const text = (await page.locator('.sum').textContent()) ?? '';
  const [, path = '', bytes = ''] = /^(.*) holds .* \(([\d,]+) bytes\)/.exec(text) ?? [];
  return { path, bytes: Number(bytes.replaceAll(',', '')) };
}

const cell = (page: Page, name: string): Locator => page.locator(`.cell[aria-label^="${name}, "]`);

function tree(): Tree {
  const root = alpineRoot();
  const program = readHostFile(nodeFs, BUSYBOX);
  root.set('/bin/busybox', fileEntry(program, metadata({ mode: 0o755, origin: 'base' })));
  const big = Object.fromEntries(
    HOSTILE.map((name, at) => [`/srv/${name}/${name}`, 'x'.repeat(400_000 + at)]),
  );
  return withFiles(root, { ...big, '/srv/deep/er/est': 'y'.repeat(500_000), '/sbin/init': '#!/bin/sh' });
}

oracle({
  tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'chromium'],
  files: [MBR_CODE, BUSYBOX],
})('a report in Chromium', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rb-report-'));
    [image, report] = [join(folder, 'disk.img'), join(folder, 'report.html')];
    const root = tree();
    for (const path of ['/dev', '/proc', '/sys', '/boot'])
      root.makeDirectory(path, metadata({ mode: 0o755, origin: 'base' }));
    await bake(installedBakeOptions(64 * MEBIBYTE), cookedRoot(root), { path: image }, host);
    cli('report', image, '-o', report);
    browser = await startBrowser();
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the sums that inspect tells', async () => {
    const page = await open();
    const { fileSystems } = cli('inspect', image);
    const { bytes, packages } = fileSystems[0].root;
    expect(await shown(page)).toEqual({ path: '/', bytes });
    const values = await page
      .locator('#package-table tbody tr td:nth-child(3)')
      .evaluateAll((cells) => cells.map((each) => Number(each.getAttribute('data-value'))));
    expect(values).toHaveLength(packages.apk);
    const unowned = await page.locator('#package-table tfoot td:nth-child(3) span').getAttribute('title');
    const owned = values.reduce((sum, value) => sum + value, 0);
    expect(owned + Number(unowned!.replace(/\D/g, ''))).toBe(bytes);
    const free = page.locator('#disk tr', { has: page.locator('th', { hasText: /^free$/ }) });
    expect(await free.locator('td').first().getAttribute('data-value')).toBe(`${fileSystems[0].free}`);
    await expect(page.locator('.chain .subject').allInnerTexts()).resolves.toEqual([
      'SYSLINUX mbr.bin',
      'SYSLINUX',
      '/boot/ldlinux.sys',
      '/boot/syslinux.cfg',
      '/boot/vmlinuz',
      '/boot/initrd',
      `UUID=${fileSystems[0].uuid}`,
      '/sbin/init',
    ]);
  });

  it('enters the tree by click', async () => {
    const page = await open();
    await cell(page, 'srv').click();
    expect(await shown(page)).toEqual({ path: '/srv', bytes: bytesBelow('/srv') });
    await cell(page, 'deep').click();
    await cell(page, 'er').click();
    expect(await shown(page)).toEqual({ path: '/srv/deep/er', bytes: 500_000 });
    await cell(page, 'est').click({ force: true });
    expect((await shown(page)).path).toBe('/srv/deep/er');
    await page.locator('.crumbs button', { hasText: 'srv' }).click();
    expect((await shown(page)).path).toBe('/srv');
    await page.locator('.crumbs button').first().click();
    expect((await shown(page)).path).toBe('/');
  });

  it('enters the tree by keyboard', async () => {
    const page = await open();
    const focused = async (): Promise<string> =>
      (await page.locator(':focus').getAttribute('aria-label'))?.split(',')[0] ?? '';
    await page.locator('.crumbs button').last().focus();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('boot');
    await page.keyboard.press('Enter');
    expect(await shown(page)).toEqual({ path: '/boot', bytes: bytesBelow('/boot') });
    const largest = await focused();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).not.toBe(largest);
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toBe(largest);
    await page.keyboard.press('Backspace');
    expect([(await shown(page)).path, await focused()]).toEqual(['/', 'boot']);
    await page.keyboard.press('End');
    expect(await focused()).not.toBe('boot');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    expect([(await shown(page)).path, await focused()]).toEqual(['/', 'boot']);
    await page.keyboard.press('Escape');
    expect((await shown(page)).path).toBe('/');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineWidth');
    expect(outline).toBe('3px');
  });

  it('gives areas in the proportion of bytes', async () => {
    const page = await open();
    const boxes = await page.locator('.canvas > .cell').evaluateAll((cells) =>
      cells.map((each) => {
        const { width, height } = each.getBoundingClientRect();
        return { name: each.getAttribute('aria-label')?.split(',')[0], area: (width + 2) * (height + 2) };
      }),
    );
    const { area } = await page
      .locator('.canvas')
      .evaluate((each) => ({ area: each.clientWidth * each.clientHeight }));
    const { bytes } = await shown(page);
    for (const name of ['boot', 'srv', 'bin']) {
      const box = boxes.find((each) => each.name === name)!;
      expect(box.area / area).toBeCloseTo(bytesBelow(`/${name}`) / bytes, 3);
    }
  });

  it.each([
    [360, 'light'],
    [768, 'dark'],
    [1920, 'light'],
  ] as const)('fits %i pixels, %s', async (width, scheme) => {
    const page = await open({ width, scheme });
    const widths = await page.evaluate('[document.documentElement.scrollWidth, document.body.scrollWidth]');
    expect(Math.max(...(widths as number[]))).toBeLessThanOrEqual(width);
    await cell(page, 'srv').click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it('has the colours of the system, or those that were chosen, and can be read in both', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open({ scheme });
      const backgrounds: string[] = [];
      for (const chosen of ['auto', 'light', 'dark']) {
        expect(await page.locator('.theme').textContent()).toBe(`Colours: ${chosen}`);
        backgrounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
        expect(await poorContrasts(page)).toEqual([]);
        await page.locator('.theme').click();
      }
      const [auto, light, dark] = backgrounds;
      expect(light).not.toBe(dark);
      expect(auto).toBe(scheme === 'light' ? light : dark);
    }
  });

  it('can be read without JavaScript', async () => {
    const page = await open({ script: false });
    expect(await page.locator('.treemap').isVisible()).toBe(false);
    expect(await page.locator('noscript').textContent()).toContain('needs JavaScript');
    const captions = await page.locator('caption').allInnerTexts();
    expect(captions).toEqual([
      'Parts of the disk',
      "What the file system's blocks are for",
      'Entries of /boot/syslinux.cfg',
      'By folder',
      'Packages, as a bill of materials',
      expect.stringMatching(/^The \d+ largest files$/),
    ]);
    for (const table of await page.locator('table').all()) {
      expect(await table.isVisible()).toBe(true);
      expect((await table.locator('tbody tr').count()) > 0).toBe(true);
    }
    for (const control of await page.locator('.theme, .filter').all())
      expect(await control.isVisible()).toBe(false);
  });

  it('shows names as they are, and does nothing that they say', async () => {
    const page = await open();
    await cell(page, 'srv').click();
    const labels = await page.locator('.canvas > .cell .name').allInnerTexts();
    expect(labels).toEqual(expect.arrayContaining(HOSTILE));
    const files = await page.locator('#files tbody th').allInnerTexts();
    for (const name of HOSTILE) expect(files).toContain(`/srv/${name}/${name}`);
    expect(await page.locator('img, b').count()).toBe(0);
  });

  it('would be found out if it asked for anything', async () => {
    const path = join(folder, 'talkative.html');
    nodeFs.writeFileSync(
      path,
      '<img src="http://localhost:9/"><script>console.log(1); alert(2); throw 3</script>',
    );
    await open({}, path);
    const kinds = new Set(complaints.map((line) => line.split(':')[0]));
    expect([...kinds].sort()).toEqual(['console', 'dialog', 'error', 'request']);
    complaints = [];
  });

  it('sorts and searches tables', async () => {
    const page = await open();
    const names = (): Promise<string[]> =>
      page.locator('#package-table tbody tr:visible th code').allInnerTexts();
    expect(await names()).toEqual(['busybox', 'odd+name', 'libc-utils']);
    await page.locator('#package-table thead button', { hasText: 'Package' }).click();
    expect(await names()).toEqual(['busybox', 'libc-utils', 'odd+name']);
    await page.locator('#package-table thead button', { hasText: 'Size' }).click();
    await page.locator('#package-table thead button', { hasText: 'Size' }).click();
    expect(await names()).toEqual(['libc-utils', 'odd+name', 'busybox']);
    expect(await page.locator('#package-table [aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.locator('input[type=search]').fill('gpl');
    expect(await names()).toEqual(['busybox']);
  });

  it('prints whole tables in light colours', async () => {
    const page = await open({ scheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const box of await page.locator('.scroll').all()) {
      expect(await box.evaluate((each) => each.scrollHeight - each.clientHeight)).toBe(0);
    }
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(28, 36, 48)');
    expect(await page.locator('nav.sections').isVisible()).toBe(false);
  });

  it('opens a tree of 50,000 files', async () => {
    const path = join(folder, 'large.html');
    const large = syntheticTree(50_000, 60, (index) => index + 1);
    const data = await reportData(treeImage(large), {}, host);
    nodeFs.writeFileSync(path, await renderPage(data, () => undefined));
    const page = await open({}, path);
    expect(await shown(page)).toEqual({ path: '/', bytes: (50_000 * 50_001) / 2 });
    await page.locator('.cell').first().click();
    const cells = page.locator('.canvas > .cell');
    expect(await cells.count()).toBeLessThanOrEqual(300);
    await expect(cells.last().getAttribute('aria-label')).resolves.toMatch(/^[\d,]+ smaller ones, /);
  });
});

/** Elements whose text has less contrast to what is behind it than WCAG 2.2 asks for (1.4.3, level AA). */
async function poorContrasts(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (color) => {
      const [r, g, b] = rgba(color).map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (rgba(color)[3] === 255) return color;
      }
      return 'white';
    };
    return [...document.querySelectorAll('body *')]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
      .filter((element) => element.checkVisibility() && !element.closest('script, style, noscript'))
      .flatMap((element) => {
        const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        return ratio < 4.5 ? [element.className + ' ' + element.tagName + ' ' + ratio.toFixed(2)] : [];
      });
  })()`);
}
