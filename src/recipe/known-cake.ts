import { dirname, resolve } from 'node:path';
import type { Host } from '../host.ts';
import { canonicalDigest } from '../store/canonical.ts';
import { codeIdentity } from '../store/code-identity.ts';
import { isFolder } from '../store/folder.ts';
import { Store } from '../store/store.ts';
import type { Cake } from './cake.ts';
import { parseRecipe, readText } from './document.ts';
import { asChecked, findRecipe, type LoadOptions, loadCake } from './load.ts';
import { parseOverride } from './overrides.ts';

/**
 * As {@link loadCake}; what has become of a text is remembered in the store, for to parse and check it again
 * takes longer than all else of a bake that changes nothing. Recipes that are code run every time.
 *
 * @throws what {@link loadCake} throws
 */
export async function loadKnownCake(
  from: string,
  options: LoadOptions,
  host: Pick<Host, 'cacheDirectory' | 'storeDirectory'>,
): Promise<Cake> {
  const cwd = resolve(options.cwd ?? '.');
  const { file, name } = findRecipe(from, cwd);
  if (!/\.(?:ya?ml|json)$/.test(file)) return await loadCake(from, options);
  const store = Store.of(host);
  const text = readText(file, name);
  const key = canonicalDigest({ code: codeIdentity(), from, file, cwd, text, set: options.set ?? [] });
  const known = recall(store, key);
  if (known && isStillSo(known)) {
    const about = { name, folder: dirname(file), json: file.endsWith('.json') };
    return asChecked(known, async () => ({
      document: await parseRecipe(text, about),
      overrides: await Promise.all((options.set ?? []).map(parseOverride)),
    }));
  }
  const cake = await loadCake(from, options);
  remember(store, key, cake);
  return cake;
}

/** A base that is a bare path is a folder or an archive, whatever lies there. */
function isStillSo({ cook: { base } }: Cake): boolean {
  const path = 'dir' in base ? base.dir : 'tar' in base ? base.tar : undefined;
  if (path === undefined) return true;
  return isFolder(path) === 'dir' in base;
}

const KIND = 'recipe';

/** A store that cannot be used costs time only. */
function recall(store: Store, key: string): Cake | undefined {
  try {
    return store.record<Cake>(KIND, key);
  } catch {
    return undefined;
  }
}

function remember(store: Store, key: string, cake: Cake): void {
  try {
    store.setRecord(KIND, key, cake);
  } catch {
    // The next run checks it again.
  }
}
