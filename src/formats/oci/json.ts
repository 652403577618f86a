import { invalid } from './errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Bytes of strict UTF-8 as JSON.
 *
 * @throws RB_OCI_INVALID
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(what, 'it is no JSON');
  }
}

/** @throws RB_OCI_INVALID when the value is no object */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(what, 'it is no JSON object');
}

/** An array; an absent one, or `null` as Go writes it, is empty. */
export function asArray(value: unknown, what: string, limit: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(what, 'it is no list');
  if (value.length > limit) throw invalid(what, `it has ${value.length} items, more than ${limit}`);
  return value;
}

/** A string; an absent one is empty. */
export function asString(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw invalid(what, 'it is no string');
}

/** Strings; what is absent is empty. */
export function asStrings(value: unknown, what: string, limit: number): readonly string[] {
  return asArray(value, what, limit).map((item) => {
    if (typeof item !== 'string') throw invalid(what, 'an item is no string');
    return item;
  });
}

/** An object of strings; what is absent is empty. */
export function asStringMap(value: unknown, what: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(asObject(value, what));
  return Object.fromEntries(entries.map(([key, item]) => [key, asString(item, `${what}: ${key}`)]));
}
