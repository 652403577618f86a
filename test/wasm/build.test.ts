import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deb822ToSource, oneLineToSource } from '../../wasm/build/apt.ts';
import { readCache, writeCache } from '../../wasm/build/cache.ts';
import { compileErrorTable, namesOfErrors } from '../../wasm/build/error-table.ts';
import { cacheFolder } from '../../wasm/build/paths.ts';
import { obtainTarball } from '../../wasm/build/source.ts';

const silent = { step: (): void => {}, count: (): void => {}, end: (): void => {} };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ext2fs-wasm-test-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('apt sources', () => {
  it('turns deb822 stanzas to source packages', () => {
    const text =
      'Types: deb\n# a comment\nURIs: http://mirror.example/debian\n\nTypes: deb deb-src\nURIs: x\n';
    expect(deb822ToSource(text)).toBe(
      text.replace('Types: deb\n', 'Types: deb-src\n').replace('deb deb-src', 'deb-src'),
    );
  });
  it('turns one-line entries to source packages and drops the rest', () => {
    const text =
      '# deb http://off.example x main\ndeb [signed-by=/k.gpg] http://mirror.example/debian x main\ndeb-src a b c\n';
    expect(oneLineToSource(text)).toBe('deb-src [signed-by=/k.gpg] http://mirror.example/debian x main\n');
  });
});

describe('cache', () => {
  it('gives back what was stored', async () => {
    await writeCache('entry', Uint8Array.of(1, 2, 3));
    expect(await readCache('entry')).toEqual(Buffer.from([1, 2, 3]));
    expect(await readCache('other')).toBeUndefined();
  });
  it('does not give back a damaged entry', async () => {
    await writeCache('entry', Uint8Array.of(1, 2, 3));
    await writeFile(join(cacheFolder(), 'entry'), Uint8Array.of(1, 2));
    expect(await readCache('entry')).toBeUndefined();
  });
});

describe('source', () => {
  it('refuses a file that is not the pinned tarball', async () => {
    const path = join(folder, 'wrong.tar.gz');
    await writeFile(path, 'not a tarball');
    vi.stubEnv('EXT2FS_WASM_SOURCE', path);
    await expect(obtainTarball(silent)).rejects.toMatchObject({
      name: 'BuildError',
      message: expect.stringMatching(/wrong\.tar\.gz.*sha256 is [0-9a-f]{64}, expected 6667afde/),
      hint: expect.stringContaining('EXT2FS_WASM_SOURCE'),
    });
  });
  it('says what to do where nothing can be fetched', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')));
    await expect(obtainTarball(silent)).rejects.toMatchObject({
      message: expect.stringContaining('no network'),
      hint: expect.stringContaining('EXT2FS_WASM_SOURCE'),
    });
    vi.unstubAllGlobals();
  });
});

describe('error tables', () => {
  const table =
    '# comment\n\terror_table prof\n\nec PROF_ONE,\n\t"first, \\"quoted\\""\nerror_code PROF_TWO, "second"\n';
  it('numbers the codes as compile_et does', () => {
    // The number that prof_err.h has in every e2fsprogs.
    expect(compileErrorTable(table).header).toContain(
      '#define PROF_ONE (-1429577728L)\n#define PROF_TWO (-1429577727L)',
    );
  });
  it('keeps messages and names in order', () => {
    expect(compileErrorTable(table).source).toContain('"first, \\"quoted\\"",\n"second",\n0 };');
    expect(namesOfErrors('prof', table)).toContain('"PROF_ONE",\n"PROF_TWO",\n');
  });
});
