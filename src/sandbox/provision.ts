import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { Steps } from '../events.ts';
import type { Host } from '../host.ts';
import { type DebianPackage, readDebianPackage } from '../sources/deb.ts';
import { sourceMeans } from '../sources/means.ts';
import { makeCacheFolder } from '../store/folder.ts';
import { memorySink, readContent } from '../tree/content.ts';

export interface ProvisionedProot {
  readonly program: string;
  /** Folder for LD_LIBRARY_PATH. */
  readonly libraries: string;
  readonly version: string;
}

/** The program and the one library that it needs beside libc. */
const PROGRAM = { package: 'proot', path: '/usr/bin/proot' };
const LIBRARY = { package: 'libtalloc2', name: 'libtalloc.so.2' };

/**
 * Fetches Debian's proot through the machine's apt, as an ordinary user, and unpacks program and library to
 * `tools/proot-VERSION` of the cache directory, where later runs find them again.
 *
 * @throws what {@link readDebianPackage} throws
 * @throws RB_ARCHIVE_UNSUPPORTED when the packages hold no such files
 */
export async function provisionProot(host: Host): Promise<ProvisionedProot> {
  const tools = toolsOf(host);
  const known = provisionedProot(host);
  if (known) return known;
  return await new Steps(host).run(
    'fetch proot',
    () => fetchProot(tools, host),
    ({ version }) => version,
  );
}

async function fetchProot(tools: string, host: Host): Promise<ProvisionedProot> {
  // A tool of this run, no input of the recipe: it is in no lock.
  const means = sourceMeans(host);
  const proot = await readDebianPackage(PROGRAM.package, memorySink, means);
  const talloc = await readDebianPackage(LIBRARY.package, memorySink, means);
  makeCacheFolder(tools);
  const work = mkdtempSync(join(tools, 'new-'));
  try {
    install(proot, PROGRAM.path, join(work, 'proot'));
    install(talloc, libraryPath(talloc), join(work, 'lib', LIBRARY.name));
    const folder = join(tools, `proot-${proot.version}`);
    publish(work, folder);
    return at(folder, proot.version);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function toolsOf({ cacheDirectory }: Pick<Host, 'cacheDirectory'>): string {
  return join(cacheDirectory, 'tools');
}

/** The one that an earlier run has unpacked. */
export function provisionedProot(host: Pick<Host, 'cacheDirectory'>): ProvisionedProot | undefined {
  const tools = toolsOf(host);
  if (!existsSync(tools)) return undefined;
  const name = readdirSync(tools)
    .filter((entry) => entry.startsWith('proot-'))
    .sort()
    .at(-1);
  return name === undefined ? undefined : at(join(tools, name), name.slice('proot-'.length));
}

function at(folder: string, version: string): ProvisionedProot {
  return { program: join(folder, 'proot'), libraries: join(folder, 'lib'), version };
}

/** Another run may have been faster; its result is as good. */
function publish(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (!isSystemError(error, 'ENOTEMPTY') && !isSystemError(error, 'EEXIST')) throw error;
  }
}

function libraryPath(talloc: DebianPackage): string {
  for (const { path, name } of talloc.tree.walk()) if (name === LIBRARY.name) return path;
  throw missing(talloc, LIBRARY.name);
}

function install(from: DebianPackage, path: string, to: string): void {
  const entry = from.tree.resolve(path)?.entry;
  if (entry?.type !== 'file') throw missing(from, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readContent(entry.content), { mode: 0o755 });
}

function missing(from: DebianPackage, path: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${from.name} ${from.version} holds no ${path}`);
}
