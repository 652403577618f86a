import { describe, expect, it } from 'vitest';
import { checkPrograms, programsWarning } from '../../src/cook/elf-check.ts';
import type { UnmetNeeds } from '../../src/cook/options.ts';
import { bytesContent, textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { type LayerOptions, layerAtOnce } from '../../src/tree/layer.ts';
import { Tree } from '../../src/tree/tree.ts';
import { buildDynamicElf, type DynamicElfSpec } from '../support/dynamic-elf.ts';

const GLIBC = '/lib64/ld-linux-x86-64.so.2';
const MUSL = '/lib/ld-musl-x86_64.so.1';

/** Text is a file, `-> target` a link, the rest an ELF file. */
type Files = Readonly<Record<string, string | Buffer | DynamicElfSpec>>;

/** What loaders are known by: texts in their files. */
const loader = (...texts: string[]): Buffer =>
  Buffer.concat([buildDynamicElf(), Buffer.from(`\0${texts.join('\0')}\0`)]);
const glibc = loader(
  '/lib/x86_64-linux-gnu/',
  '/usr/lib/x86_64-linux-gnu/',
  '/lib/',
  '/usr/lib/',
  '',
  '/etc/ld.so.cache',
);
const musl = loader('%.*s/etc/ld-musl-x86_64.path', '/lib:/usr/local/lib:/usr/lib');

function treeOf(origin: string, files: Files): Tree {
  const meta = metadata({ origin, mode: 0o755 });
  const tree = new Tree(meta);
  for (const [path, value] of Object.entries(files)) {
    if (typeof value !== 'string')
      tree.set(
        path,
        fileEntry(bytesContent(Buffer.isBuffer(value) ? value : buildDynamicElf(value)), meta),
        meta,
      );
    else if (value.startsWith('-> ')) tree.set(path, symlinkEntry(value.slice(3), meta), meta);
    else tree.set(path, fileEntry(textContent(value), meta), meta);
  }
  return tree;
}

const noPause = (): undefined => undefined;

async function check(base: Files, contents: Files): Promise<{ unmet: UnmetNeeds[]; tree: Tree }> {
  const tree = treeOf('base', base);
  const placed = layerAtOnce(tree, treeOf('content', contents));
  return { unmet: await checkPrograms(tree, placed, 7n, noPause), tree };
}

/** `path: what it needs`, notes in brackets. */
const told = ({ unmet }: { unmet: UnmetNeeds[] }): string[] =>
  unmet.map(({ path, interpreter, libraries }) => {
    const names = libraries.map(({ name, note }) => (note ? `${name} [${note}]` : name));
    return `${path}: ${[...(interpreter ? [interpreter] : []), ...names].join(' ')}`;
  });

const program = (needed: readonly string[], more: DynamicElfSpec = {}): DynamicElfSpec => ({
  interpreter: GLIBC,
  needed,
  ...more,
});

describe('programs of the contents', () => {
  const base = { [GLIBC]: glibc, '/lib/x86_64-linux-gnu/libc.so.6': { soname: 'libc.so.6' } };

  it('are quiet when they find all they need', async () => {
    const contents = {
      '/usr/bin/p': program(['liba.so.1', 'libc.so.6', 'ld-linux-x86-64.so.2']),
      '/usr/lib/x86_64-linux-gnu/liba.so.1': '-> liba.so.1.2',
      '/usr/lib/x86_64-linux-gnu/liba.so.1.2': { soname: 'liba.so.1', needed: ['libc.so.6'] },
      '/usr/bin/static': {},
      '/usr/bin/script': '#!/bin/none\n',
      '/usr/share/object.o': Buffer.from('\x7fELF and no more', 'latin1'),
    };
    expect(told(await check(base, contents))).toEqual([]);
  });

  it('are told with their loader and libraries, those of libraries too', async () => {
    const contents = {
      '/usr/bin/p': program(['liba.so.1', 'libnone.so.2', 'libc.so.6']),
      '/usr/lib/liba.so.1': { needed: ['libdeep.so.3', 'libnone.so.2'] },
      '/usr/bin/q': program(['libc.so.6'], { interpreter: '/nix/store/x/ld.so' }),
    };
    const result = await check(base, contents);
    expect(told(result)).toEqual([
      '/usr/bin/q: /nix/store/x/ld.so',
      '/usr/bin/p: libnone.so.2',
      '/usr/lib/liba.so.1: libdeep.so.3',
    ]);
    expect(result.unmet[1]).toMatchObject({ origin: 'content', libraries: [{ name: 'libnone.so.2' }] });
    expect(programsWarning(result.unmet)).toBe(
      `not everything that programs need is in the root:
  /usr/bin/q of content needs the loader /nix/store/x/ld.so
  /usr/bin/p of content needs libnone.so.2
  /usr/lib/liba.so.1 of content needs libdeep.so.3`,
    );
  });

  it('are told five by name', async () => {
    const paths = Array.from({ length: 9 }, (_, index) => `/bin/p${index}`);
    const { unmet } = await check(base, Object.fromEntries(paths.map((path) => [path, program(['none'])])));
    const lines = programsWarning(unmet).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toBe('  and 4 more');
  });

  it('are none of the base’s, and none that a later content replaced', async () => {
    const tree = treeOf('base', { ...base, '/bin/old': program(['none']), '/bin/p': program(['none']) });
    const replace: LayerOptions = { settle: () => 'replace' };
    const first = layerAtOnce(tree, treeOf('one', { '/bin/p': program(['gone']) }), replace);
    const second = layerAtOnce(tree, treeOf('two', { '/bin/p': program(['libc.so.6']) }), replace);
    expect(await checkPrograms(tree, [...first, ...second], 0n, noPause)).toEqual([]);
  });

  it('do not take libraries of another machine, class or libc', async () => {
    const contents = {
      '/bin/p': program(['liba.so', 'libb.so', 'libz.so.1']),
      '/lib/liba.so': { machine: 183 },
      '/lib/libb.so': { class: 32, machine: 3 },
      '/lib/libz.so.1': { needed: ['libc.musl-x86_64.so.1'] },
      '/lib/libc.musl-x86_64.so.1': '-> ld-musl-x86_64.so.1',
      [MUSL]: musl,
    } as const;
    expect(told(await check(base, contents))).toEqual([
      '/bin/p: liba.so libb.so libz.so.1 [/lib/libz.so.1 is made for musl]',
    ]);
  });

  it('find $LIB where their loader was built to have it', async () => {
    const contents = {
      '/bin/p': program(['liba.so', 'libb.so'], { runpath: '/opt/$LIB' }),
      '/opt/lib/x86_64-linux-gnu/liba.so': {},
      '/opt/lib/libb.so': {},
    };
    expect(told(await check(base, contents))).toEqual(['/bin/p: libb.so']);
    const nix = '/nix/store/x-glibc/lib/ld-linux-x86-64.so.2';
    const nixLoader = loader('/nix/store/x-glibc/lib/', '', '/nix/store/x-glibc/etc/ld.so.cache');
    const ofNix = { ...contents, [nix]: nixLoader, '/bin/p': { ...contents['/bin/p'], interpreter: nix } };
    expect(told(await check({}, ofNix))).toEqual(['/bin/p: liba.so']);
  });

  it('are told of what one of them does not find, and another does', async () => {
    const contents = {
      '/bin/p': program(['liba.so', 'libb.so']),
      '/lib/liba.so': { needed: ['libown.so'] },
      '/lib/libb.so': { needed: ['libown.so'], runpath: '/opt' },
      '/opt/libown.so': { needed: ['libdeep.so'] },
    };
    expect(told(await check(base, contents))).toEqual([
      '/lib/liba.so: libown.so',
      '/opt/libown.so: libdeep.so',
    ]);
  });

  it('are told to run ldconfig where that is all that is missing', async () => {
    const contents = {
      '/bin/p': program(['libown.so', 'libother.so']),
      '/opt/own/lib/libown.so': {},
      '/etc/ld.so.conf': '# comment\ninclude ld.so.conf.d/*.conf\n',
      '/etc/ld.so.conf.d/own.conf': '/opt/own/lib # ours\n',
      '/etc/ld.so.conf.d/not-read': '/opt/none\n',
    };
    expect(told(await check(base, contents))).toEqual([
      '/bin/p: libown.so [it is in /opt/own/lib, which only ldconfig makes known: run it once in the system] libother.so',
    ]);
  });
});

describe('programs for musl', () => {
  const base = { [MUSL]: musl, '/lib/libc.musl-x86_64.so.1': '-> ld-musl-x86_64.so.1' };
  const needed = ['liba.so', 'libc.musl-x86_64.so.1', 'libpthread.so.0', 'libc.so.6'];

  it('find the parts of libc in their loader', async () => {
    const contents = { '/bin/p': { interpreter: MUSL, needed }, '/usr/local/lib/liba.so': {} };
    expect(told(await check(base, contents))).toEqual([]);
  });

  it('find nothing by a list of folders with what musl does not expand', async () => {
    const contents = {
      '/bin/p': { interpreter: MUSL, needed: ['liba.so'], runpath: '/opt/own:/opt/$LIB' },
      '/opt/own/liba.so': {},
    };
    expect(told(await check(base, contents))).toEqual(['/bin/p: liba.so']);
  });

  it('find what the file with folders says instead', async () => {
    const contents = {
      '/bin/p': { interpreter: MUSL, needed: ['liba.so', 'libb.so'] },
      '/usr/local/lib/liba.so': {},
      '/opt/lib/libb.so': {},
      '/etc/ld-musl-x86_64.path': '/opt/lib\n',
    };
    expect(told(await check(base, contents))).toEqual(['/bin/p: liba.so']);
  });
});

describe('libraries without a program', () => {
  it('are loaded by the loader of their libc, and may need what a program has loaded', async () => {
    const contents = {
      [GLIBC]: glibc,
      '/lib/libc.so.6': { needed: ['ld-linux-x86-64.so.2'] },
      '/opt/app/app': program(['libapp.so'], { rpath: '$ORIGIN/lib' }),
      '/opt/app/lib/libapp.so': { soname: 'libapp.so', needed: ['libc.so.6'] },
      '/opt/app/plugins/plugin.so': { needed: ['libapp.so', 'libc.so.6', 'libnone.so'] },
    };
    expect(told(await check({}, contents))).toEqual(['/opt/app/plugins/plugin.so: libnone.so']);
  });
});

describe('the loader of a root with merged /usr', () => {
  const contents = {
    '/usr/bin/p': program(['libc.so.6']),
    '/usr/lib64/ld-linux-x86-64.so.2': '-> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': glibc,
    '/usr/lib/x86_64-linux-gnu/libc.so.6': { soname: 'libc.so.6' },
  };

  it('is found through /lib64, which becomes a link', async () => {
    const { unmet, tree } = await check({ '/lib/apk/db/installed': '' }, contents);
    expect(unmet).toEqual([]);
    expect(tree.get('/lib64')).toMatchObject({ target: 'usr/lib64', mtime: 7n, origin: 'content' });
  });

  it.each([
    ['a directory', { '/lib64/other': '' }, '/lib64', '../usr/lib64/ld-linux-x86-64.so.2'],
    ['a link to one', { '/lib64': '-> lib', '/lib/other': '' }, '/lib', '../usr/lib64/ld-linux-x86-64.so.2'],
  ])('gets a link where /lib64 is %s', async (_, below, folder, target) => {
    const { unmet, tree } = await check(below, contents);
    expect(unmet).toEqual([]);
    expect(tree.get(`${folder}/ld-linux-x86-64.so.2`)).toMatchObject({ target });
  });

  it('is left alone where something else has its name', async () => {
    const { unmet, tree } = await check({ [GLIBC]: '-> nowhere' }, contents);
    expect(tree.get(GLIBC)).toMatchObject({ target: 'nowhere' });
    expect(unmet).toMatchObject([{ interpreter: GLIBC }]);
  });
});
