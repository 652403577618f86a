import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { isHttpUrl } from '../../net/url.ts';
import { type Bind, GUEST_CONTROL } from '../../sandbox/guest.ts';
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
 * neither their place on the host nor their being folders can show in the root. Packages from the network
 * are kept in the cache directory, outside of the root, for later runs.
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
  if (!repositories || repositories.length === 0) return { binds, packageFolders };
  const lines = repositories.map((repository, index) => {
    if (isHttpUrl(repository)) return repository;
    packageFolders.push(...architectureFolders(repository));
    const guest = `${GUEST_CONTROL}/repository/${index}`;
    binds.push({ host: repository, guest });
    return guest;
  });
  rmSync(join(control, 'repositories'), { force: true });
  writeFileSync(join(control, 'repositories'), `${lines.join('\n')}\n`);
  writeFileSync(join(control, 'repositories.base'), readText(tree, '/etc/apk/repositories') ?? '');
  return { binds, packageFolders };
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
    { hint: isInside ? 'Name the folder above it.' : 'Name a URL, or the folder that holds x86_64/.' },
  );
}
