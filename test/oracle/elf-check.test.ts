/** Which libraries a program finds, told by the loaders of glibc and musl themselves, chrooted into the very root. */
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import { loadClosure } from '../../src/cook/programs/closure.ts';
import { Loaders } from '../../src/cook/programs/loaders.ts';
import { ElfObjects } from '../../src/cook/programs/objects.ts';
import { writeTar } from '../../src/formats/tar/index.ts';
import { readDirectory } from '../../src/sources/directory.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { runs } from '../support/seed.ts';

const GLIBC = '/lib64/ld-linux-x86-64.so.2';
const MUSL = '/lib/ld-musl-x86_64.so.1';

const NAMES = ['l0.so', 'l1.so', 'l2.so', 'l3.so'] as const;
const FOLDERS = ['/lib', '/usr/lib', '/usr/lib/x86_64-linux-gnu', '/opt/a', '/opt/a/lib', '/usr/local/lib'];
const PATHS = [
  '$ORIGIN',
  '$' + '{ORIGIN}/lib',
  '$ORIGIN/../a',
  '/opt/a',
  '/usr/local/lib',
  '/usr/$LIB',
  '/opt/a/$LIB:/opt/a',
  '/opt/a/lib:/usr/lib',
  'nowhere:',
];

interface ObjectRecipe {
  /** Nothing: the library is not there. */
  readonly folder: string | undefined;
  readonly needed: readonly number[];
  readonly path: string | undefined;
  readonly tag: 'rpath' | 'runpath';
  readonly noDefault: boolean;
}

const object: fc.Arbitrary<ObjectRecipe> = fc.record({
  folder: fc.option(fc.constantFrom(...FOLDERS), { nil: undefined, freq: 6 }),
  needed: fc.uniqueArray(fc.nat(NAMES.length - 1), { maxLength: 3 }),
  path: fc.option(fc.constantFrom(...PATHS), { nil: undefined }),
  tag: fc.constantFrom('rpath', 'runpath'),
  noDefault: fc.nat(9).map((value) => value === 0),
});
const root = fc.record({
  program: object,
  libraries: fc.tuple(object, object, object, object),
  /** glibc: ldconfig has run. musl: there is a file with folders. */
  configured: fc.boolean(),
});

oracle({ tools: ['ld', 'as', 'ldconfig', 'busybox'], root: true, files: [GLIBC] })('the loader', () => {
  let folder: string;
  beforeAll(() => {
    folder = nodeFs.mkdtempSync(join(tmpdir(), 'rb-elf-'));
    nodeFs.writeFileSync(
      join(folder, 'empty.s'),
      '.globl _start\n_start: ret\n.section .note.GNU-stack,"",@progbits\n',
    );
    judge('as', ['-o', join(folder, 'empty.o'), join(folder, 'empty.s')]);
    // To link with: what counts of them is their name.
    for (const name of NAMES)
      judge('ld', ['-shared', '-soname', name, '-o', join(folder, name), join(folder, 'empty.o')]);
  });
  afterAll(() => nodeFs.rmSync(folder, { recursive: true, force: true }));

  const link = (at: string, recipe: ObjectRecipe, options: readonly string[]): void => {
    nodeFs.mkdirSync(dirname(at), { recursive: true });
    judge('ld', [
      ...options,
      ...(recipe.path === undefined ? [] : ['-rpath', recipe.path]),
      recipe.tag === 'runpath' ? '--enable-new-dtags' : '--disable-new-dtags',
      ...(recipe.noDefault ? ['-z', 'nodefaultlib'] : []),
      '--unresolved-symbols=ignore-all',
      '-o',
      at,
      join(folder, 'empty.o'),
      '--no-as-needed',
      ...recipe.needed.map((index) => join(folder, NAMES[index]!)),
    ]);
  };

  /** Names to paths; what is not found leads to nothing, even if another object finds it. */
  const byLoader = (place: string, loader: string): Map<string, string> => {
    // glibc's --list stops at the first that is missing. The variables must not reach a chroot
    // that is dynamic itself; the second is for want of /proc.
    const words = loader === MUSL ? [loader, '--list', '/opt/a/program'] : ['/opt/a/program'];
    const env = { PATH: process.env['PATH'], LD_TRACE_LOADED_OBJECTS: '1', LD_ORIGIN_PATH: '/opt/a' };
    const run = spawnSync('busybox', ['chroot', place, ...words], {
      encoding: 'utf8',
      ...(loader === GLIBC && { env }),
    });
    const found = new Map<string, string>();
    for (const [, name, path] of run.stdout.matchAll(/^\t(l\d\.so) => (\S+)/gm))
      if (found.get(name!) !== '') found.set(name!, path === 'not' ? '' : normalize(path!));
    for (const [, name] of run.stderr.matchAll(/^Error loading shared library (l\d\.so):/gm))
      found.set(name!, '');
    if (run.status === null || run.stdout === '') throw new Error(`${loader}: ${run.stderr}`);
    return found;
  };

  const ours = async (place: string, loader: string): Promise<Map<string, string>> => {
    const tree = await readDirectory(nodeFs, place, { owner: '0:0', origin: 'test' });
    const objects = new ElfObjects(tree);
    const program = objects.at('/opt/a/program')!;
    expect(program.dynamic.interpreter).toBe(loader);
    const { loaded, unmet } = loadClosure(program, new Loaders(tree).at(loader), objects);
    return new Map([
      ...loaded
        .slice(1)
        .map(({ dynamic, folder: at }): [string, string] => [dynamic.soname!, join(at, dynamic.soname!)]),
      ...unmet.map(({ name }): [string, string] => [name, '']),
    ]);
  };

  it.each([
    ['glibc', GLIBC],
    ['musl', MUSL],
  ])('of %s finds what we say it finds', async (family, loader) => {
    const skeleton = join(folder, family);
    nodeFs.mkdirSync(join(skeleton, dirname(loader)), { recursive: true });
    if (family === 'glibc') nodeFs.copyFileSync(loader, join(skeleton, loader));
    else judge('tar', ['-xzf', minirootfs(), '-C', skeleton, `.${loader}`]);
    let found = 0;
    let missing = 0;
    await fc.assert(
      fc.asyncProperty(root, async ({ program, libraries, configured }) => {
        const place = join(folder, 'root');
        nodeFs.rmSync(place, { recursive: true, force: true });
        nodeFs.cpSync(skeleton, place, { recursive: true });
        link(join(place, '/opt/a/program'), program, ['-pie', '-dynamic-linker', loader]);
        for (const [index, library] of libraries.entries()) {
          if (library.folder === undefined) continue;
          link(join(place, library.folder, NAMES[index]!), library, ['-shared', '-soname', NAMES[index]!]);
        }
        nodeFs.mkdirSync(join(place, 'etc'), { recursive: true });
        if (configured && family === 'musl')
          nodeFs.writeFileSync(join(place, 'etc/ld-musl-x86_64.path'), '/usr/local/lib:/opt/a/lib\n/nowhere');
        else if (configured) {
          nodeFs.writeFileSync(join(place, 'etc/ld.so.conf'), '/usr/local/lib\n');
          judge('ldconfig', ['-r', place]);
        }
        const expected = byLoader(place, loader);
        expect(await ours(place, loader)).toEqual(expected);
        const lost = [...expected.values()].filter((path) => path === '').length;
        missing += lost;
        found += expected.size - lost;
      }),
      { numRuns: runs(60) },
    );
    expect(Math.min(found, missing)).toBeGreaterThan(3);
  });
});

oracle({ tools: ['chroot'], root: true, files: [ALPINE, GLIBC, '/usr/bin/echo'] })('in Alpine’s root', () => {
  const folder = nodeFs.mkdtempSync(join(tmpdir(), 'rb-merged-'));
  afterAll(() => nodeFs.rmSync(folder, { recursive: true, force: true }));

  /** As Debian packs it: 12 below / and /usr, 13 below /usr only, with the links of its base-files. */
  const layouts = {
    'below /': { libraries: '/lib/x86_64-linux-gnu', loader: '/lib64', links: [] },
    'below /usr': { libraries: '/usr/lib/x86_64-linux-gnu', loader: '/usr/lib64', links: [] },
    'below /usr, with links': {
      libraries: '/usr/lib/x86_64-linux-gnu',
      loader: '/usr/lib64',
      links: ['bin', 'lib', 'lib64'],
    },
  } as const;

  it.each(Object.keys(layouts) as (keyof typeof layouts)[])('a program of glibc runs: %s', async (layout) => {
    const { libraries, loader, links } = layouts[layout];
    const place = join(folder, layout.replaceAll(/\W+/g, '-'));
    const content = `${place}.content`;
    const put = (from: string, to: string): void => {
      nodeFs.mkdirSync(join(content, dirname(to)), { recursive: true });
      nodeFs.copyFileSync(from, join(content, to));
    };
    put('/usr/bin/echo', '/usr/bin/gnu-echo');
    put('/lib/x86_64-linux-gnu/libc.so.6', `${libraries}/libc.so.6`);
    put(GLIBC, `${libraries}/ld-linux-x86-64.so.2`);
    nodeFs.mkdirSync(join(content, loader));
    nodeFs.symlinkSync(`${libraries}/ld-linux-x86-64.so.2`, join(content, loader, 'ld-linux-x86-64.so.2'));
    for (const name of links) nodeFs.symlinkSync(`usr/${name}`, join(content, name));

    const { host } = testHost({ temporaryDirectory: folder, cacheDirectory: join(folder, 'cache') });
    const { base } = alpineOptions(inject('product'));
    const root = await cook({ base, contents: [{ dir: content }] }, host);
    expect(root.unmet).toBeUndefined();
    await pipeline(Readable.from(writeTar(root.tree)), nodeFs.createWriteStream(`${place}.tar`));
    await root.dispose();
    nodeFs.mkdirSync(place);
    judge('tar', ['-xpf', `${place}.tar`, '-C', place]);
    expect(judge('chroot', [place, '/usr/bin/gnu-echo', 'it runs'])).toBe('it runs\n');
    expect(judge('chroot', [place, '/bin/busybox', 'echo', 'so does musl'])).toBe('so does musl\n');

    const { host: other, events } = testHost({
      temporaryDirectory: folder,
      cacheDirectory: join(folder, 'cache'),
    });
    nodeFs.rmSync(join(content, libraries, 'libc.so.6'));
    const poor = await cook({ base, contents: [{ dir: content }] }, other);
    await poor.dispose();
    expect(poor.unmet).toMatchObject([{ path: '/usr/bin/gnu-echo', libraries: [{ name: 'libc.so.6' }] }]);
    const warnings = events.filter((event) => event.type === 'message' && event.level === 'warning');
    expect(warnings).toMatchObject([{ text: expect.stringContaining('/usr/bin/gnu-echo of content') }]);
  });
});

function minirootfs(): string {
  const { alpine } = inject('product');
  return join(alpine, nodeFs.readdirSync(alpine).find((name) => name.startsWith('alpine-minirootfs-'))!);
}
