import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A list of SPDX, read when it is first asked for. */
class IdList {
  readonly #modules: readonly string[];
  #ids: ReadonlyMap<string, string> | undefined;

  /** @param modules whose JSON is the list */
  constructor(...modules: readonly string[]) {
    this.#modules = modules;
  }

  /** Identifiers are matched in any case; gives the list's spelling. */
  find(text: string): string | undefined {
    this.#ids ??= new Map(
      this.#modules.flatMap((name) => require(name) as string[]).map((id) => [id.toLowerCase(), id]),
    );
    return this.#ids.get(text.toLowerCase());
  }
}

const LICENSES = new IdList('spdx-license-ids', 'spdx-license-ids/deprecated');
const EXCEPTIONS = new IdList('spdx-exceptions', 'spdx-exceptions/deprecated');

/** A licence of SPDX's list, deprecated ones too, as the list spells it. */
export function licenseId(text: string): string | undefined {
  return LICENSES.find(text);
}

/** What may follow `WITH`, as SPDX's list of exceptions spells it. */
export function exceptionId(text: string): string | undefined {
  return EXCEPTIONS.find(text);
}
