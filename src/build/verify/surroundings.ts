import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Host } from '../../host.ts';
import { homeOf } from '../../net/credentials.ts';
import { Store } from '../../store/store.ts';

/** Where and when a bake is to happen: all that must not matter. */
export interface Surroundings {
  /** `first` or `second`. */
  readonly name: string;
  /** Environment variables to be set, over those of this process; undefined: to be unset. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly umask: number;
  /** The current folder. */
  readonly cwd: string;
  /** Milliseconds by which the clock of the program is to be ahead. */
  readonly clockShift: number;
  /** Path of the image. */
  readonly output: string;
}

/** A day and some hours: another date everywhere, and no signature expires by it that is good for a few days more. */
const CLOCK_SHIFT = ((24 + 7) * 60 + 13) * 60_000;

const FIRST = {
  name: 'first',
  umask: 0o022,
  clockShift: 0,
  env: { TZ: 'UTC', LC_ALL: undefined, LANG: 'C', LANGUAGE: 'en' },
};

const SECOND = {
  name: 'second',
  umask: 0o077,
  clockShift: CLOCK_SHIFT,
  // A quarter of an hour off every other zone; a language whose small i has no dot when it is capital.
  env: { TZ: 'Asia/Kathmandu', LC_ALL: undefined, LANG: 'tr_TR.UTF-8', LANGUAGE: 'tr' },
};

/**
 * Makes two surroundings that have nothing in common but what was fetched: the store, apt's lists and tools.
 *
 * @param folder theirs; it is there, and empty
 */
export function makeSurroundings(
  folder: string,
  images: string,
  host: Pick<Host, 'env' | 'cacheDirectory' | 'storeDirectory'>,
): [Surroundings, Surroundings] {
  const shared = {
    RB_STORE: resolve(Store.of(host).directory),
    NETRC: host.env['NETRC'] || join(homeOf(host.env), '.netrc'),
    DOCKER_CONFIG: host.env['DOCKER_CONFIG'] || join(homeOf(host.env), '.docker'),
  };
  const make = (of: typeof FIRST | typeof SECOND, place: string): Surroundings => {
    const home = join(place, 'home');
    const cache = join(place, 'cache');
    const temporary = join(place, 'tmp');
    const cwd = join(place, 'here');
    for (const path of [home, cache, temporary, cwd]) mkdirSync(path, { recursive: true });
    for (const name of ['apt', 'tools']) symlinkSync(fetched(name, folder, host), join(cache, name));
    const env = {
      ...of.env,
      ...shared,
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_DATA_HOME: join(home, '.local/share'),
      XDG_STATE_HOME: join(home, '.local/state'),
      RB_CACHE_DIR: cache,
      TMPDIR: temporary,
      PWD: cwd,
    };
    return { ...of, env, cwd, output: join(images, `${of.name}.img`) };
  };
  return [make(FIRST, join(folder, 'one')), make(SECOND, join(folder, 'the other/place'))];
}

/** What this user has fetched of a kind; a common folder, while there is nothing. */
function fetched(name: string, folder: string, { cacheDirectory }: Pick<Host, 'cacheDirectory'>): string {
  const own = resolve(cacheDirectory, name);
  if (existsSync(own)) return own;
  const common = join(folder, name);
  mkdirSync(common, { recursive: true });
  return common;
}
