/**
 * `apt-get source` as an ordinary user: apt reads a copy of the machine's own sources, turned to source
 * packages, and keeps its state in a temporary folder. Nothing of the machine is changed.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { source } from './recipe.ts';

/** A deb822 .sources file with every `Types:` field set to deb-src. */
export function deb822ToSource(text: string): string {
  return text.replace(/^Types:.*$/gim, 'Types: deb-src');
}

/** The `deb` lines of a sources.list as `deb-src` lines; everything else is dropped. */
export function oneLineToSource(text: string): string {
  const lines = text.split('\n').filter((line) => /^\s*deb\s/.test(line));
  return lines.map((line) => `${line.replace(/^\s*deb\s/, 'deb-src ')}\n`).join('');
}

async function sourceLists(): Promise<Map<string, string>> {
  const lists = new Map<string, string>();
  const main = '/etc/apt/sources.list';
  const parts = '/etc/apt/sources.list.d';
  const paths = [main];
  try {
    paths.push(...(await readdir(parts)).sort().map((name) => join(parts, name)));
  } catch {
    // a machine without the folder
  }
  for (const [index, path] of paths.entries()) {
    const deb822 = path.endsWith('.sources');
    if (!deb822 && !path.endsWith('.list')) continue;
    const text = await readFile(path, 'utf8').catch(() => '');
    const converted = deb822 ? deb822ToSource(text) : oneLineToSource(text);
    if (converted.trim()) lists.set(`${index}.${deb822 ? 'sources' : 'list'}`, converted);
  }
  return lists;
}

async function aptGet(arguments_: string[], cwd: string): Promise<void> {
  try {
    await promisify(execFile)('apt-get', arguments_, {
      cwd,
      env: { ...process.env, LC_ALL: 'C' },
      timeout: 300_000,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error('there is no apt-get here');
    const stderr = String((error as { stderr?: unknown }).stderr ?? '');
    const lines = stderr.split('\n').filter((line) => /^[EW]:/.test(line));
    throw new Error(lines.slice(0, 3).join(' ') || 'apt-get failed');
  }
}

/**
 * Downloads the upstream tarball of the pinned e2fsprogs.
 * @throws {Error} if this machine has no apt, no reachable source, or another version
 */
export async function aptSourceTarball(): Promise<Uint8Array> {
  const lists = await sourceLists();
  if (lists.size === 0) throw new Error('there are no apt sources here');
  const folder = await mkdtemp(join(tmpdir(), 'ext2fs-wasm-apt-'));
  try {
    for (const name of ['parts', 'lists/partial', 'cache/archives/partial']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    for (const [name, text] of lists) await writeFile(join(folder, 'parts', name), text);
    const state = [
      'Dir::Etc::sourcelist=/dev/null',
      `Dir::Etc::sourceparts=${join(folder, 'parts')}`,
      `Dir::State::lists=${join(folder, 'lists')}`,
      `Dir::Cache=${join(folder, 'cache')}`,
      // As root apt would hand the download to the user _apt, who cannot enter this folder.
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    await aptGet([...state, '-qq', 'update'], folder);
    await aptGet([...state, '-qq', 'source', '--download-only', source.name], folder);
    const names = await readdir(folder);
    if (!names.includes(source.file)) {
      const other = names.find((name) => name.includes('.orig.tar.') && !name.endsWith('.asc'));
      throw new Error(`this distribution has ${other ?? 'another version'}, not ${source.file}`);
    }
    return await readFile(join(folder, source.file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
