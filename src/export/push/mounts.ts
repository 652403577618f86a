import { RootlessBakeError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';

/** Repositories that are asked for a blob, at most. */
const MOST = 3;

const KIND = 'pushed';

interface PushedRecord {
  /** The latest first. */
  readonly repositories: readonly string[];
}

/** Which repositories of a registry were given a blob by this user, the latest first. */
export function knownRepositories(store: Store, registry: string, sha256: string): readonly string[] {
  return forgiving(() => store.record<PushedRecord>(KIND, { registry, sha256 })?.repositories) ?? [];
}

/** Remembers that a repository has a blob, so that others can take it over. */
export function rememberRepository(store: Store, registry: string, repository: string, sha256: string): void {
  const others = knownRepositories(store, registry, sha256).filter((name) => name !== repository);
  const repositories = [repository, ...others].slice(0, MOST);
  forgiving(() => store.setRecord(KIND, { registry, sha256 }, { repositories }));
}

/** A store that cannot be used costs time, not the push. */
function forgiving<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code === 'RB_STORE_UNUSABLE') return undefined;
    throw error;
  }
}
