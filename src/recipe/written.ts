/** Checked recipes know what they were written as, so that errors of a later time can show it. */
import { RootlessBakeError } from '../errors.ts';
import { placeOf, pointAt } from './location.ts';
import { applyOverrides } from './overrides.ts';
import { placeOfKey, type Wanted, type WrittenRecipe } from './place.ts';

/** Gets at the text again: a recipe that comes from the store was never parsed. */
export type Reread = () => Promise<WrittenRecipe>;

const WRITTEN = new WeakMap<object, Reread>();

/** Keeps for a checked recipe what it was written as. */
export function asWritten<T extends object>(cake: T, reread: Reread): T {
  WRITTEN.set(cake, reread);
  return cake;
}

/**
 * Does some work on a recipe. What goes wrong with one of its keys is told as its own faults are, with the place of the
 * key in the message and in `where`; an error of what the recipe does not say itself stays as it is.
 *
 * @param cake as it came from the check
 */
export async function withPlaces<T>(cake: object, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await placed(error, WRITTEN.get(cake));
  }
}

async function placed(error: unknown, reread: Reread | undefined): Promise<unknown> {
  if (!(error instanceof RootlessBakeError) || error.key === undefined || error.where) return error;
  const written = await reread?.();
  const wanted = written && wantedOf(written, error.key);
  if (!wanted) return error;
  const { document } = written;
  const { code, message, hint, key } = error;
  const { name, location } = placeOfKey({ ...wanted, isSecret: /\bpassword$/.test(key) }, written);
  // Where there is no line to show, the key must say it.
  const isTold = location !== undefined || name !== document.name || message.startsWith(key);
  const text = pointAt(location ? document.name : name, location, isTold ? message : `${key}: ${message}`);
  return new RootlessBakeError(code, text, {
    hint,
    key,
    where: placeOf(document.name, location),
    cause: error,
  });
}

/**
 * A key as the user has written it, where a value may stand for a longer form of itself: a path for `{ tar: … }`, one
 * item for a list of it. A list or a map is told by its key, not by its first item. Undefined for what is not written.
 */
function wantedOf({ document, overrides }: WrittenRecipe, key: string): Wanted | undefined {
  const path: (string | number)[] = [];
  let value = applyOverrides(document.data, overrides);
  for (const word of key.split(/[.[\]]+/).filter(Boolean)) {
    if (typeof value !== 'object' || value === null) break;
    if (/^\d+$/.test(word) && !Array.isArray(value)) continue;
    if (!Object.hasOwn(value, word)) return undefined;
    path.push(Array.isArray(value) ? Number(word) : word);
    value = (value as Record<string, unknown>)[word];
  }
  const last = path.at(-1);
  const isNamed = typeof value === 'object' && typeof last === 'string';
  return isNamed ? { path: path.slice(0, -1), key: last } : { path };
}
