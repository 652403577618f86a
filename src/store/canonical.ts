import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../errors.ts';

/** Characters that are hashed at once. */
const PIECE = 1 << 16;

/**
 * JSON with the keys of every object sorted and no spaces: equal values give equal text, whatever order they
 * were put together in. Properties that are `undefined` count as absent, as in `JSON.stringify`; big integers
 * become strings of digits with an `n`.
 *
 * @throws RB_INTERNAL for what JSON cannot hold: functions, symbols, `NaN`, class instances such as a Map
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === 'bigint') return `"${value}n"`;
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (isPlainObject(value)) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  throw new RootlessBakeError('RB_INTERNAL', `a ${typeof value} cannot be part of a key of the store`);
}

/** sha256 of the canonical JSON, in hex. */
export function canonicalDigest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** The {@link canonicalDigest} of an array that is put together value by value. */
export class CanonicalList {
  readonly #hash = createHash('sha256');
  #text = '[';
  #isEmpty = true;

  add(value: unknown): void {
    this.#text += `${this.#isEmpty ? '' : ','}${canonicalJson(value)}`;
    this.#isEmpty = false;
    if (this.#text.length < PIECE) return;
    this.#hash.update(this.#text);
    this.#text = '';
  }

  /** In hex; nothing can be added any more. */
  digest(): string {
    return this.#hash.update(`${this.#text}]`).digest('hex');
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
