/** The page as text: what is in it, what names may not do in it, and that it is the same every time. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { renderPage } from '../../src/report/page/page.ts';
import { reportData } from '../../src/report/report-data.ts';
import { decodeName } from '../../src/tree/name.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { alpineRoot, withFiles } from '../support/sbom-roots.ts';
import { KINDS, smallFileSystem } from '../support/small-ext4.ts';
import { bytesImage, treeImage } from '../support/tree-image.ts';

const { host } = testHost();

async function pageOf(tree: Tree, name = 'some image'): Promise<string> {
  const data = await reportData(treeImage(tree, `/images/${name}`), {}, host);
  return await renderPage(data, () => undefined);
}

/** Without its style and its script, which are source code, and what depends on them. */
function markup(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '<style/>')
    .replace(/<script>.*?<\/script>/s, '<script/>')
    .replaceAll(/sha256-[\w+/=]+/g, 'sha256-…');
}

it('is the same every time', async () => {
  const page = await pageOf(alpineRoot());
  expect(await pageOf(alpineRoot())).toBe(page);
  await expect(markup(page)).toMatchFileSnapshot('goldens/alpine.html.txt');
});

it('shows the entries of a boot menu', async () => {
  const root = withFiles(new Tree(), {
    '/boot/grub/grub.cfg': `menuentry '<One>' { linux /boot/k root=LABEL=x ro; initrd /boot/i; }
      submenu More { menuentry Two { linux (hd1)/k $cmdpath; }; menuentry Other { chainloader +1; }; }\nfrobnicate\n`,
    '/boot/k': 'kernel',
  });
  const section = /<section id="boot">.*?<\/section>/s.exec(markup(await pageOf(root)))![0];
  await expect(section).toMatchFileSnapshot('goldens/boot.html.txt');
});

it('shows a file system, block by block', async () => {
  const image = await bytesImage(await smallFileSystem(KINDS['ext4']!));
  const page = markup(await renderPage(await reportData(image, {}, host), () => undefined));
  image.close();
  const section = /<section id="disk">.*?<\/section>/s.exec(page)![0];
  await expect(section).toMatchFileSnapshot('goldens/file-system.html.txt');
});

it('lets nothing run but its own script, and nothing be loaded', async () => {
  const page = await pageOf(alpineRoot());
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
    .exec(page)![1]!
    .replaceAll('&#39;', "'");
  const hash = (element: string): string => {
    const text = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)![1]!;
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `style-src ${hash('style')}`,
    `script-src ${hash('script')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(markup(page)).not.toMatch(/\s(?:src|href|style|on\w+)="(?!#)/);
});

it('has names as text, whatever they hold', async () => {
  const names = [
    '</script><img src=x onerror=alert(1)>',
    '<!--<script>',
    `"'\`onfocus=alert(1) autofocus x="`,
    '&lt;b&gt;',
    'line\nbreak\u2028\u202egpj.exe\u0000'.replace('\u0000', ''),
    decodeName(Buffer.from([0x66, 0xfc, 0x72])),
    '__proto__',
  ];
  const files = Object.fromEntries(
    names.map((name, index) => [`/${name.replaceAll('/', '\u2215')}`, 'x'.repeat(index + 1)]),
  );
  const page = await pageOf(withFiles(new Tree(), files), names[0]!.replaceAll('/', '\u2215'));
  expect(page).not.toMatch(/<img|<!--|<b>|onerror=alert\(1\)>/);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).toContain('&#38;lt;b&#38;gt;');
  expect(page).toContain('f\\374r');
  expect(page).toContain('line\\nbreak');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may come through
  expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e\ud800-\udfff]/);
});

it('has a bounded size for a large tree', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [`/d${at % 900}/f${at}`, 'x'.repeat(at % 97)]),
  );
  expect((await pageOf(withFiles(new Tree(), files))).length).toBeLessThan(400_000);
});
