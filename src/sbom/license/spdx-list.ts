import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A list of SPDX by its identifiers in lower case, for they are matched in any case. */
function byLowerCase(...lists: readonly string[]): ReadonlyMap<string, string> {
  const ids = lists.flatMap((list) => require(list) as string[]);
  return new Map(ids.map((id) => [id.toLowerCase(), id]));
}

const LICENSES = byLowerCase('spdx-license-ids', 'spdx-license-ids/deprecated');
const EXCEPTIONS = byLowerCase('spdx-exceptions', 'spdx-exceptions/deprecated');

/** A licence of SPDX's list, deprecated ones too, as the list spells it. */
export function licenseId(text: string): string | undefined {
  return LICENSES.get(text.toLowerCase());
}

/** What may follow `WITH`, as SPDX's list of exceptions spells it. */
export function exceptionId(text: string): string | undefined {
  return EXCEPTIONS.get(text.toLowerCase());
}
