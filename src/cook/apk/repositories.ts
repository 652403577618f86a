import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forKey, RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { isHttpUrl } from '../../net/url.ts';
import { type Bind, GUEST_CONTROL } from '../../sandbox/guest.ts';
import { parseRepositories, type RepositoryLine } from '../../sources/alpine/index.ts';
import { makeCacheFolder } from '../../store/folder.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from '../ledger/identities.ts';

/** apk repositories as the guest gets to see them. Nothing of this comes to lie in the root. */
export interface Repositories {
  readonly binds: readonly Bind[];
  /** Folders of the host where .apk files lie or will lie. */
  readonly packageFolders: readonly string[];
}

/**
 * Prepares the recipe's repositories for the apk shim: folders are shown at fixed paths in the guest, so that
 * neither their place on the host nor their being folders can show in the root. Packages that the guest's apk
 * fetches itself are kept in the cache directory, outside of the root, for later runs.
 *
 * @throws RB_INPUT_NOT_FOUND when a folder is no repository
 */
export function prepareRepositories(
  repositories: readonly string[] | undefined,
  tree: Tree,
  control: string,
  host: Host,
): Repositories {
  const cache = join(host.cacheDirectory, 'apk');
  makeCacheFolder(cache);
  const binds: Bind[] = [{ host: cache, guest: `${GUEST_CONTROL}/cache` }];
  const packageFolders = [cache];
  rmSync(join(control, 'repositories'), { force: true });
  if (!repositories || repositories.length === 0) return { binds, packageFolders };
  const lines = parseRepositories(repositories).map((line, index) => {
    if (isHttpUrl(line.location)) return tagged(line, line.location);
    const shown = forKey('cook.repositories', () => showFolder(line, index));
    binds.push(shown.bind);
    packageFolders.push(...shown.packageFolders);
    return shown.line;
  });
  writeRepositories(lines, tree, control);
  return { binds, packageFolders };
}

/**
 * Shows a folder of the host to the guest.
 *
 * @throws RB_INPUT_NOT_FOUND when it is no repository
 */
export function showFolder(
  line: RepositoryLine,
  index: number,
): { readonly bind: Bind; readonly line: string; readonly packageFolders: readonly string[] } {
  const guest = `${GUEST_CONTROL}/repository/${index}`;
  const packageFolders = architectureFolders(line.location);
  return { bind: { host: line.location, guest }, line: tagged(line, guest), packageFolders };
}

/** Gives the apk shim its repositories. */
export function writeRepositories(lines: readonly string[], tree: Tree, control: string): void {
  rmSync(join(control, 'repositories'), { force: true });
  writeFileSync(join(control, 'repositories'), `${lines.join('\n')}\n`);
  writeFileSync(join(control, 'repositories.base'), readText(tree, '/etc/apk/repositories') ?? '');
}

function tagged({ tag }: RepositoryLine, place: string): string {
  return tag === undefined ? place : `@${tag} ${place}`;
}

/** The folders of a repository that hold an index, one for each architecture. */
function architectureFolders(repository: string): string[] {
  const names = existsSync(repository) ? readdirSync(repository) : [];
  const folders = names
    .map((name) => join(repository, name))
    .filter((folder) => existsSync(join(folder, 'APKINDEX.tar.gz')));
  if (folders.length > 0) return folders;
  const isInside = names.includes('APKINDEX.tar.gz');
  throw new RootlessBakeError(
    'RB_INPUT_NOT_FOUND',
    `${repository} is no apk repository: there is no ARCHITECTURE/APKINDEX.tar.gz in it`,
    { hint: isInside ? 'name the folder above it' : 'name a URL, or the folder that holds x86_64/' },
  );
}
