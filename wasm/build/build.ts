/** The build as a whole: cache key, source, compile, link, publish. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { readCache, readIfPresent, sha256, writeAtomically, writeCache } from './cache.ts';
import { type Compilers, type JobRequest, startCompilers } from './compile.ts';
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

/** Names what a result depends on: the given parts of the recipe and of `c/`, generator code, compiler. */
async function cacheKey(parts: unknown, glue: FileMap): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([await compilerVersion(), parts]));
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

function job(path: string, include: readonly string[], extra: readonly string[] = []): JobRequest {
  const flags = [...recipe.compilerFlags, ...include, ...extra];
  return {
    name: path,
    kind: 'cc1',
    arguments: [...flags, '-o', 'out.o', '-x', 'c', path],
    files: new Map(),
    output: 'out.o',
  };
}

/** The objects of the tarball's files, from the cache if it may be used: they depend on no file of `c/` but its headers in `include`. */
async function upstreamObjects(
  compilers: Compilers,
  glue: FileMap,
  progress: Progress,
  cached: boolean,
): Promise<Uint8Array[]> {
  const { source, upstreamSources, compilerFlags, upstreamIncludes, flagsOf } = recipe;
  const headers = new Map([...glue].filter(([path]) => path.startsWith(`${recipe.folders.own}/include/`)));
  const parts = [source, upstreamSources, compilerFlags, upstreamIncludes, flagsOf];
  const name = `${await cacheKey(parts, headers)}.objects`;
  const known = cached ? await readCache(name) : undefined;
  if (known) return deserialize(known) as Uint8Array[];
  progress.step(`compiling e2fsprogs ${source.version} with clang (once; about a minute)`);
  const jobs = upstreamSources.map((path) =>
    job(`${recipe.folders.upstream}/${path}`, upstreamIncludes, flagsOf[path]),
  );
  const objects = await compilers.run(jobs, (done) => progress.count(done, jobs.length));
  if (cached) await writeCache(name, serialize(objects));
  return objects;
}

/**
 * Compiles and links.
 * @param cached take the objects of e2fsprogs's files from the user's cache if they are there
 * @throws {BuildError} if the source cannot be had or does not compile
 */
export async function compileWasm(progress: Progress, cached: boolean): Promise<Built> {
  const tarball = await obtainTarball(progress);
  progress.step(`unpacking ${recipe.source.file}`);
  const upstream = await unpackTarball(tarball, recipe.source.file);
  for (const [path, bytes] of generate(upstream)) upstream.set(path, bytes);
  const glue = await readGlue();
  const compilers = startCompilers(new Map([...upstreamTree(upstream), ...glue]));
  try {
    const theirs = await upstreamObjects(compilers, glue, progress, cached);
    progress.step('compiling and linking ext2fs.wasm');
    const ours = await compilers.run(
      recipe.ownSources.map((name) => job(`${recipe.folders.own}/${name}`, recipe.ownIncludes)),
    );
    const files = new Map([...ours, ...theirs].map((bytes, index) => [`${index}.o`, bytes]));
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
  const name = `${await cacheKey(recipe, await readGlue())}.wasm`;
  let bytes = await readCache(name);
  if (!bytes) {
    bytes = (await compileWasm(progress, true)).bytes;
    await writeCache(name, bytes);
  }
  const digest = sha256(bytes);
  const present = await readIfPresent(outputPath);
  if (!present || sha256(present) !== digest) await writeAtomically(outputPath, bytes);
  return { bytes, sha256: digest, path: outputPath };
}
