import { RootlessBakeError } from '../errors.ts';
import type { KeyPath } from './document.ts';

/** One `--set key=value` of the command line. */
export interface Override {
  readonly path: KeyPath;
  /** undefined takes the key away. */
  readonly value: unknown;
  /** As the user wrote it. */
  readonly text: string;
}

/**
 * Reads `key=value`. The key is dotted (`cook.contents.0.file`). The value is text, except that lists, maps
 * and quoted text are read as YAML, `true` and `false` are what they say, and `null` takes the key away: so
 * `bake.size=128M`, `bake.debug=true`, `cook.packages=[openrc, chrony]`.
 *
 * @throws RB_ARGUMENT
 */
export async function parseOverride(text: string): Promise<Override> {
  const cut = text.indexOf('=');
  const keys = (cut < 0 ? text : text.slice(0, cut)).split('.');
  if (cut < 1 || keys.some((key) => !/^[\w$-]+$/.test(key) || key === '__proto__')) {
    throw new RootlessBakeError('RB_ARGUMENT', `--set ${text}: this is not key=value`, {
      hint: 'write a dotted key and a value, such as --set bake.size=256M',
    });
  }
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return { path, value: await parseValue(text.slice(cut + 1), text), text };
}

/**
 * Gives `data` with the overrides in place, later ones over earlier ones; `data` itself stays as it is.
 * Missing maps and lists on the way are made; what is no map there (`base: ./x.tar`) gives way to one.
 *
 * @throws RB_ARGUMENT when an item is set beyond the end of a list
 */
export function applyOverrides(data: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((result, override) => setAt(result, override.path, override), data);
}

/** The override that decided on the value at a path, or on something around it. */
export function overrideOf(overrides: readonly Override[], path: KeyPath): Override | undefined {
  return overrides.findLast((override) => override.path.every((key, index) => key === path[index]));
}

function setAt(current: unknown, path: KeyPath, override: Override): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return override.value;
  if (Array.isArray(current) || (typeof key === 'number' && !isMap(current))) {
    return setItem(Array.isArray(current) ? current : [], key, rest, override);
  }
  const map: Record<string, unknown> = isMap(current) ? { ...current } : {};
  const value = setAt(Object.hasOwn(map, key) ? map[key] : undefined, rest, override);
  if (value === undefined) delete map[key];
  else map[key] = value;
  return map;
}

function setItem(current: unknown[], key: string | number, rest: KeyPath, override: Override): unknown[] {
  if (typeof key !== 'number' || key > current.length) {
    throw new RootlessBakeError('RB_ARGUMENT', `--set ${override.text}: the list has no item ${key}`, {
      hint: `it has ${current.length} items, counted from 0; ${current.length} adds one`,
    });
  }
  const value = setAt(current[key], rest, override);
  return value === undefined ? current.toSpliced(key, 1) : current.toSpliced(key, 1, value);
}

/** Objects of classes, such as a volume given in code, are values and no maps. */
function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

async function parseValue(value: string, text: string): Promise<unknown> {
  if (value === 'true' || value === 'false') return value === 'true';
  if (value === 'null') return undefined;
  if (!/^\s*[[{"']/.test(value)) return value;
  const { parse } = await import('../vendor/yaml.ts');
  try {
    return parse(value);
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new RootlessBakeError('RB_ARGUMENT', `--set ${text}: ${sentence}`, {
      hint: 'quote the whole argument for the shell, such as --set \'cook.packages=["openrc"]\'',
      cause: error,
    });
  }
}
