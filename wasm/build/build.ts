/** The build as a whole: cache key, source, compile, link, publish. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCache, readIfPresent, sha256, writeAtomically, writeCache } from './cache.ts';
import { type JobRequest, startCompilers } from './compile.ts';
import { generate } from './generate.ts';
import { glueFolder, outputPath } from './paths.ts';
import type { Progress } from './progress.ts';
import * as recipe from './recipe.ts';
import { obtainTarball } from './source.ts';
import { type FileMap, unpackTarball } from './tarball.ts';

/** A finished binary. */
export interface Built {
  bytes: Uint8Array;
  sha256: string;
}

/** Our C files and headers, by path in the compiler's file system. */
async function readGlue(): Promise<FileMap> {
  const files: FileMap = new Map();
  const names = (await readdir(glueFolder, { recursive: true }))
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  for (const name of names) {
    files.set(`${recipe.folders.own}/${name}`, await readFile(join(glueFolder, name)));
  }
  return files;
}

/** The installed version of @yowasp/clang, without loading the compiler. */
async function compilerVersion(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@yowasp/clang'));
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
}

/** Names what the binary depends on: pinned source, flags, our C files, generator code, compiler. */
async function cacheKey(glue: FileMap): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([await compilerVersion(), recipe]));
  for (const [path, bytes] of glue) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  for (const name of ['generate.js', 'error-table.js']) {
    hash.update(await readFile(new URL(`./${name}`, import.meta.url)));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Files that the compiler may read, under the folder of the tarball. */
function upstreamTree(upstream: FileMap): FileMap {
  const wanted = [...upstream].filter(([path]) => /\.[ch]$/.test(path));
  return new Map(wanted.map(([path, bytes]) => [`${recipe.folders.upstream}/${path}`, bytes]));
}

/**
 * Compiles and links, without the cache.
 * @throws {BuildError} if the source cannot be had or does not compile
 */
export async function compileWasm(progress: Progress): Promise<Built> {
  const tarball = await obtainTarball(progress);
  progress.step(`unpacking ${recipe.source.file}`);
  const upstream = await unpackTarball(tarball, recipe.source.file);
  for (const [path, bytes] of generate(upstream)) upstream.set(path, bytes);
  const compilers = startCompilers(new Map([...upstreamTree(upstream), ...(await readGlue())]));
  const compile = (path: string, extra: readonly string[] = []): JobRequest => ({
    name: path,
    kind: 'cc1',
    arguments: [...recipe.compilerFlags, ...extra, '-o', 'out.o', '-x', 'c', path],
    files: new Map(),
    output: 'out.o',
  });
  const jobs = [
    ...recipe.ownSources.map((name) => compile(`${recipe.folders.own}/${name}`)),
    ...recipe.upstreamSources.map((name) =>
      compile(`${recipe.folders.upstream}/${name}`, recipe.flagsOf[name]),
    ),
  ];
  try {
    progress.step(`compiling e2fsprogs ${recipe.source.version} with clang (once; about a minute)`);
    const objects = await compilers.run(jobs, (done) => progress.count(done, jobs.length));
    progress.step('linking ext2fs.wasm');
    const files = new Map(objects.map((bytes, index) => [`${index}.o`, bytes]));
    const output = 'ext2fs.wasm';
    const link = [...recipe.linkerFlags, ...files.keys(), '-o', output];
    const [bytes] = await compilers.run([{ name: output, kind: 'link', arguments: link, files, output }]);
    return { bytes: bytes!, sha256: sha256(bytes!) };
  } finally {
    progress.end();
    await compilers.close();
  }
}

/**
 * Puts dist/ext2fs.wasm in place, from the cache or by compiling. Several builds may run at once: each
 * writes whole files only.
 * @throws {BuildError} see {@link compileWasm}
 */
export async function build(progress: Progress): Promise<Built & { path: string }> {
  const name = `${await cacheKey(await readGlue())}.wasm`;
  let bytes = await readCache(name);
  if (!bytes) {
    bytes = (await compileWasm(progress)).bytes;
    await writeCache(name, bytes);
  }
  const digest = sha256(bytes);
  const present = await readIfPresent(outputPath);
  if (!present || sha256(present) !== digest) await writeAtomically(outputPath, bytes);
  return { bytes, sha256: digest, path: outputPath };
}
