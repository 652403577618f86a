import { createHash } from 'node:crypto';
import { inPart } from '../../errors.ts';
import type { ApkKeys } from '../../formats/apk/index.ts';
import {
  alpineKeys,
  parseRepositories,
  pinnedLines,
  type RepositoryLine,
  readKeyFiles,
} from '../../sources/alpine/index.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { PinRequest } from '../../sources/pins.ts';
import { canonicalJson } from '../../store/canonical.ts';
import type { Tree } from '../../tree/tree.ts';
import { alpineRepositories } from '../apk-native/alpine-repositories.ts';
import { readText } from '../ledger/identities.ts';
import type { CookOptions } from '../options.ts';
import { APK_DATABASE } from './apk-database.ts';

const KEYS = '/etc/apk/keys';
const WORLD = '/etc/apk/world';
const REPOSITORIES = '/etc/apk/repositories';
const ARCHITECTURE = '/etc/apk/arch';

/** apk's names of what Node calls an architecture. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'x86' };

/** What a recipe asks of apk, for a root as it is. */
export interface ApkRequest {
  readonly architecture: string;
  readonly keys: ApkKeys;
  readonly repositories: readonly RepositoryLine[];
  /** As for `apk add`. */
  readonly packages: readonly string[];
  /** For the lock. */
  readonly pin: PinRequest;
}

/**
 * Reads what a choice of packages depends on: the recipe's repositories, packages and keys, and of the root its
 * architecture, its keys and what is installed.
 *
 * @throws RB_INPUT_NOT_FOUND for a key of the recipe
 */
export function apkRequest(
  options: Pick<CookOptions, 'base' | 'packages' | 'repositories' | 'apkKeys'>,
  tree: Tree,
  means: SourceMeans,
): ApkRequest {
  const { base, apkKeys = [] } = options;
  const isAlpine = 'alpine' in base;
  const packages = [...(isAlpine ? ['alpine-base'] : []), ...(options.packages ?? [])];
  const architecture = architectureOf(tree, isAlpine ? base.arch : undefined);
  const ownKeys = inPart('cook.apkKeys', () => readKeyFiles(apkKeys));
  const keys = new Map([...(isAlpine ? alpineKeys() : []), ...rootKeys(tree), ...ownKeys]);
  const own = isAlpine ? alpineRepositories(base) : (readText(tree, REPOSITORIES) ?? '').split('\n');
  const repositories = parseRepositories(options.repositories ?? own);
  const state = {
    installed: readText(tree, APK_DATABASE) ?? '',
    world: readText(tree, WORLD) ?? '',
    keys: Object.fromEntries(keys),
  };
  const key = {
    repositories: pinnedLines(repositories, means),
    packages,
    architecture,
    base: createHash('sha256').update(canonicalJson(state)).digest('hex'),
  };
  return { architecture, keys, repositories, packages, pin: { kind: 'apk', name: 'packages', key } };
}

function architectureOf(tree: Tree, wanted: string | undefined): string {
  return wanted ?? readText(tree, ARCHITECTURE)?.trim() ?? ARCHITECTURES[process.arch] ?? process.arch;
}

function rootKeys(tree: Tree): [string, string][] {
  const folder = tree.resolve(KEYS)?.entry;
  if (folder?.type !== 'directory') return [];
  return [...folder.children.keys()].map((name) => [name, readText(tree, `${KEYS}/${name}`) ?? '']);
}
