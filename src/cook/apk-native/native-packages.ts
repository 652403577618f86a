import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryName } from '../../disk/image-file.ts';
import { isSystemError, RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import type { Net } from '../../net/net.ts';
import {
  alpineKeys,
  loadRepositories,
  type Package,
  type PackageCache,
  type RepositoryOptions,
} from '../../sources/alpine/index.ts';
import { makeCacheFolder } from '../../store/folder.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from '../ledger/identities.ts';
import type { CookOptions } from '../options.ts';
import { alpineRepositories } from './alpine-root.ts';
import { type InstallPlan, newestBuild, planInstall } from './install.ts';

const KEYS = '/etc/apk/keys';

/** apk's names of what Node calls an architecture. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'x86' };

/** A plan, and where its packages come from. */
export interface NativePackages {
  readonly plan: InstallPlan;
  readonly source: RepositoryOptions;
  /** Seconds since 1970; 0 when nothing is installed. */
  readonly newestBuild: number;
}

/**
 * Loads the repositories of a recipe, or of the root, and plans the installation of its packages.
 *
 * @throws what {@link loadRepositories} and {@link planInstall} throw
 */
export async function planPackages(options: CookOptions, tree: Tree, host: Host): Promise<NativePackages> {
  const { base, packages = [] } = options;
  const isAlpine = 'alpine' in base;
  const source: RepositoryOptions = {
    architecture: architectureOf(tree, isAlpine ? base.arch : undefined),
    keys: new Map([...(isAlpine ? alpineKeys() : []), ...rootKeys(tree), ...fileKeys(options.apkKeys ?? [])]),
    fetch: fetchOf(host),
    cache: folderCache(join(host.cacheDirectory, 'apk')),
  };
  const own = isAlpine ? alpineRepositories(base) : rootRepositories(tree);
  const repositories = await loadRepositories(options.repositories ?? own, source);
  const plan = planInstall(tree, [...(isAlpine ? ['alpine-base'] : []), ...packages], repositories);
  return { plan, source, newestBuild: newestBuild(plan) };
}

/** Loads the code of the network when something is asked of it, and uses one {@link Net} for all of it. */
function fetchOf(host: Host): RepositoryOptions['fetch'] {
  let net: Promise<Net> | undefined;
  return async (request) => {
    net ??= import('../../net/net.ts').then((module) => new module.Net(host));
    return (await net).document(request);
  };
}

function architectureOf(tree: Tree, wanted: string | undefined): string {
  return wanted ?? readText(tree, '/etc/apk/arch')?.trim() ?? ARCHITECTURES[process.arch] ?? process.arch;
}

function rootRepositories(tree: Tree): string[] {
  return (readText(tree, '/etc/apk/repositories') ?? '').split('\n');
}

function rootKeys(tree: Tree): [string, string][] {
  const folder = tree.resolve(KEYS)?.entry;
  if (folder?.type !== 'directory') return [];
  return [...folder.children.keys()].map((name) => [name, readText(tree, `${KEYS}/${name}`) ?? '']);
}

function fileKeys(paths: readonly string[]): [string, string][] {
  return paths.map((path) => {
    try {
      return [basename(path), readFileSync(path, 'utf8')];
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `the key ${path} cannot be read: ${error.code}`, {
        cause: error,
      });
    }
  });
}

/** Packages as apk keeps them in its cache: NAME-VERSION, and the first bytes of their identity in hex. */
function folderCache(folder: string): PackageCache {
  const place = (item: Package) => {
    const short = Buffer.from(item.identity.slice(2), 'base64').subarray(0, 4).toString('hex');
    return join(folder, `${item.name.text}-${item.version}.${short}.apk`);
  };
  return {
    get(item) {
      try {
        return readFileSync(place(item));
      } catch (error) {
        if (isSystemError(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    put(item, bytes) {
      makeCacheFolder(folder);
      const path = place(item);
      const temporary = temporaryName(path);
      try {
        writeFileSync(temporary, bytes);
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
  };
}
