/** Where in a recipe, as its user wrote it, a value comes from. */
import type { KeyPath, RecipeDocument } from './document.ts';
import type { Location } from './location.ts';
import { type Override, overrideOf } from './overrides.ts';

/** A recipe's text and what was set over it. */
export interface WrittenRecipe {
  readonly document: RecipeDocument;
  readonly overrides: readonly Override[];
}

/** A value, or with `key` one key of it. */
export interface Wanted {
  readonly path: KeyPath;
  readonly key?: string;
  /** True where the recipe's own words must not be shown. */
  readonly isSecret?: boolean;
}

/** What a message may show of a place. */
export interface Place {
  /** The override that decides, or the recipe with line and column; without them where the recipe has no text. */
  readonly name: string;
  readonly location: Location | undefined;
}

/** Where a value stands: in an override, or in the text. Secrets, and those of URLs, are left out. */
export function placeOfKey({ path, key, isSecret }: Wanted, { document, overrides }: WrittenRecipe): Place {
  const override = overrideOf(overrides, key === undefined ? path : [...path, key]);
  if (override) {
    const text = isSecret ? override.text.replace(/=.*/s, '=…') : withoutSecrets(override.text);
    return { name: `--set ${text}`, location: undefined };
  }
  const found = document.locate(path, key);
  const location = found && { ...found, text: shown(found, isSecret) };
  const name = location ? `${document.name}:${location.line}:${location.column}` : document.name;
  return { name, location };
}

function shown({ text, column }: Location, isSecret = false): string {
  const shown = withoutSecrets(text);
  return isSecret ? `${shown.slice(0, column - 1)}…` : shown;
}

/** Users, passwords and queries of URLs, for logs are read by others than recipes. Nothing moves: arrows stay right. */
function withoutSecrets(text: string): string {
  const stars = (part = ''): string => '*'.repeat(part.length);
  return text.replaceAll(
    /(https?:\/\/)(?:([^\s"'/?#]+)@)?([^\s"'?#]*)(?:\?([^\s"']+))?/gi,
    (_, scheme: string, user: string | undefined, rest: string, query: string | undefined) =>
      `${scheme}${user === undefined ? '' : `${stars(user)}@`}${rest}${query === undefined ? '' : `?${stars(query)}`}`,
  );
}
