/** The commands that look into images, run in this process: text, JSON, exit codes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as runCli } from '../../src/cli/run.ts';
import { writeTar } from '../../src/formats/tar/index.ts';
import { textContent } from '../../src/tree/content.ts';
import { deviceEntry, fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-look-'));
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'one.tar'), await packed(tree('one\n')));
  writeFileSync(join(folder, 'two.tar'), await packed(tree('two\n', 0o600)));
});
afterAll(() => rmSync(folder, { recursive: true }));

function tree(motd: string, mode = 0o644): Tree {
  const meta = metadata({ mode, mtime: 1_700_000_000_000_000_000n, origin: 'test' });
  const made = new Tree({ ...meta, mode: 0o755 });
  made.set('/etc/motd', fileEntry(textContent(motd), meta), { ...meta, mode: 0o755 });
  made.set('/etc/os-release', fileEntry(textContent('ID=cake\nPRETTY_NAME="Cake 1"\n'), meta));
  made.set('/etc/link', symlinkEntry('motd', meta));
  made.set('/etc/null', deviceEntry('char', 1, 3, meta));
  return made;
}

async function packed(root: Tree): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(root)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

async function run(...args: string[]): Promise<[code: number, out: string, err: string]> {
  const [out, err]: [string[], string[]] = [[], []];
  const paths = args.map((arg) => (/\.tar$|^out$/.test(arg) ? join(folder, arg) : arg));
  const code = await runCli(paths, {
    stdout: { isTTY: false, columns: 80, write: (text) => out.push(Buffer.from(text).toString()) },
    stderr: { isTTY: false, columns: 80, write: (text) => err.push(`${text}`) },
    env: { HOME: join(folder, 'home') },
    signal: new AbortController().signal,
    leaveInterrupts() {},
    version: '0',
  });
  const shown = (text: string[]): string => text.join('').replaceAll(`${folder}/`, '');
  return [code, shown(out), shown(err)];
}

describe('looking from the command line', () => {
  it('lists', async () => {
    expect(await run('ls', 'one.tar', '/etc')).toEqual([0, 'link\nmotd\nnull\nos-release\n', '']);
    const [code, out] = await run('ls', '-l', 'one.tar', '/etc/');
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        'lrwxrwxrwx 1 0 0    4 2023-11-14 22:13 link -> motd',
        '-rw-r--r-- 1 0 0    4 2023-11-14 22:13 motd',
        'crw-r--r-- 1 0 0 1, 3 2023-11-14 22:13 null',
        '-rw-r--r-- 1 0 0   29 2023-11-14 22:13 os-release',
        '',
      ],
    ]);
    const json = JSON.parse((await run('ls', '--json', 'one.tar', '/etc/motd'))[1]);
    expect(json).toMatchObject({ version: 1, entries: [{ path: '/etc/motd', type: 'file', mode: '0644' }] });
  });

  it('prints a file, through links', async () => {
    expect(await run('cat', 'one.tar', '/etc/link')).toEqual([0, 'one\n', '']);
    const json = JSON.parse((await run('cat', '--json', 'one.tar', '/etc/link'))[1]);
    expect(json).toEqual({ version: 1, path: '/etc/motd', size: 4, encoding: 'utf8', content: 'one\n' });
    expect((await run('cat', 'one.tar', '/etc'))[0]).toBe(2);
    expect(await run('cat', 'one.tar', '/nope')).toEqual([
      2,
      '',
      'error[RB_INPUT_NOT_FOUND]: one.tar has no /nope\nhint: rootless-bake ls one.tar lists what it has\n',
    ]);
  });

  it('compares, with 5 for what differs', async () => {
    expect(await run('diff', 'one.tar', 'one.tar')).toEqual([0, '', '']);
    const args = ['diff', 'one.tar', 'two.tar'];
    expect(await run(...args)).toEqual([
      5,
      [
        '~ /etc/motd: content, mode 0644 -> 0600',
        '~ /etc/null: mode 0644 -> 0600',
        '~ /etc/os-release: mode 0644 -> 0600\n',
      ].join('\n'),
      '',
    ]);
    expect((await run(...args, '--ignore', 'mode,content'))[0]).toBe(0);
    expect((await run(...args, '--ignore', 'nonsense'))[0]).toBe(2);
    const [code, out] = await run(...args, '--block', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([5, { equal: false, truncated: false }]);
  });

  it('extracts', async () => {
    const [code, out, err] = await run('extract', 'one.tar', '/etc', '-o', 'out');
    expect([code, out]).toEqual([0, 'out: 4 entries, 33 B\n']);
    expect(err).toContain('/etc/null');
    expect(readFileSync(join(folder, 'out/etc/motd'), 'utf8')).toBe('one\n');
    expect((await run('extract', 'one.tar', '/etc', '-o', 'out'))[0]).toBe(2);
  });

  it('inspects', async () => {
    const [code, out] = await run('inspect', 'one.tar');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /^one\.tar: tar archive, [\d.]+ KiB\n {2}holds: {6}6 entries, 33 B\n {2}system: {5}Cake 1\n$/,
      ),
    ]);
    const json = JSON.parse((await run('inspect', '--json', 'one.tar'))[1]);
    expect(json).toMatchObject({ version: 1, kind: 'tar', root: { entries: 6, os: { id: 'cake' } } });
  });

  it('tells the entries of a boot menu, and what could not be resolved', async () => {
    const root = tree('x');
    const meta = metadata({ mode: 0o644, origin: 'test' });
    const config = `set default=b
      menuentry One --id a { linux /boot/nothing root=LABEL=x quiet; initrd /boot/also-not; }
      menuentry "Two\u001b[31m" --id b { linux /boot/vmlinuz root=$cmdpath; initrd /boot/missing; }
      menuentry Firmware { fwsetup; }\n`;
    root.set('/boot/grub/grub.cfg', fileEntry(textContent(config), meta), meta);
    root.set('/boot/vmlinuz', fileEntry(textContent('kernel'), meta), meta);
    writeFileSync(join(folder, 'boot.tar'), await packed(root));
    const [code, out] = await run('inspect', 'boot.tar');
    expect([code, out.split('\n').slice(3)]).toEqual([
      0,
      [
        '  boot:       /boot/grub/grub.cfg, GRUB, 3 entries',
        '  entry:      One: /boot/nothing (not found)',
        '  entry:      Two\\033[31m: /boot/vmlinuz, default',
        '  entry:      Firmware: fwsetup',
        '  unresolved: Two\\033[31m: $cmdpath: known at boot only',
        '  unresolved: /boot/missing: not found',
        '  kernel:     /boot/vmlinuz, unknown release',
        '  options:    root=$cmdpath',
        '  root:       $cmdpath',
        '',
      ],
    ]);
  });

  it('reports, as a page', async () => {
    const html = join(folder, 'out.html');
    const [code, out, err] = await run('report', 'one.tar', '-o', html);
    expect([code, out, err]).toEqual([
      0,
      expect.stringMatching(/^out\.html: [\d.]+ KiB; open it in any browser\n$/),
      '',
    ]);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<h1>one.tar</h1>');
    expect(await run('report', 'two.tar', '-o', html)).toEqual([
      2,
      '',
      expect.stringContaining('error[RB_OUTPUT_EXISTS]: out.html exists already'),
    ]);
    expect(readFileSync(html, 'utf8')).toBe(page);
    expect(await run('report', 'one.tar', '-o', html, '--force', '-q')).toEqual([0, 'out.html\n', '']);
    expect(readFileSync(html, 'utf8')).toBe(page);
    const json = JSON.parse((await run('report', 'two.tar', '-o', html, '--force', '--json'))[1]);
    const { root } = JSON.parse((await run('inspect', '--json', 'two.tar'))[1]);
    expect(json).toMatchObject({
      version: 1,
      path: 'out.html',
      report: {
        name: 'two.tar',
        kind: 'tar',
        roots: [{ bytes: root.bytes, entries: root.entries, unowned: { bytes: root.bytes }, packages: [] }],
      },
    });
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('leaves no page of what cannot be reported', async () => {
    const html = join(folder, 'none.html');
    expect((await run('report', 'one.tar', '--partition', '2', '-o', html))[2]).toContain(
      'has no partitions',
    );
    expect((await run('report', 'one.tar', '--partition', 'x', '-o', html))[2]).toContain('is no number');
    expect((await run('report', 'nope.tar', '-o', html))[2]).toContain('RB_INPUT_NOT_FOUND');
    expect((await run('report', 'one.tar'))[0]).toBe(2);
    expect(existsSync(html)).toBe(false);
  });

  it('reports origins, of the recipe that an image is from', async () => {
    mkdirSync(join(folder, 'files/etc'), { recursive: true });
    writeFileSync(join(folder, 'files/etc/motd'), 'hello\n');
    writeFileSync(
      join(folder, 'cake.yaml'),
      'name: small\ncook:\n  base: { tar: one.tar }\n  contents: [{ dir: files, to: /srv }]\n',
    );
    const html = join(folder, 'origins.html');
    expect((await run('cook', join(folder, 'cake.yaml'), '-o', 'small.tar', '-q'))[2]).toBe('');
    const args = [
      'report',
      'small.tar',
      '--recipe',
      join(folder, 'cake.yaml'),
      '-o',
      html,
      '--json',
      '--progress',
      'quiet',
    ];
    const [code, out] = await run(...args);
    expect(code).toBe(0);
    const { byOrigin, bytes } = JSON.parse(out).report.roots[0];
    expect(byOrigin.map((share: { name: string; bytes: number }) => [share.name, share.bytes])).toEqual([
      ['base', bytes - 6],
      ['content ./files', 6],
    ]);
  });
});
