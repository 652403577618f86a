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
  const origin = traced(key === undefined ? path : [...path, key], overrides);
  if (origin.override) {
    const { override } = origin;
    const text = isSecret ? override.text.replace(/=.*/s, '=…') : withoutSecrets(override.text);
    return { name: `--set ${text}`, location: undefined };
  }
  const found = document.locate(key === undefined ? origin.path : origin.path.slice(0, -1), key);
  const location = found && { ...found, text: shown(found, isSecret) };
  const name = location ? `${document.name}:${location.line}:${location.column}` : document.name;
  return { name, location };
}

/**
 * What decided on a value: the last override of it, or of something around it; or the text, at a path in which the items
 * still count that overrides have taken out of lists.
 */
function traced(path: KeyPath, overrides: readonly Override[]): { path: KeyPath; override?: Override } {
  let found = path;
  for (const override of overrides.toReversed()) {
    const at = override.path.length - 1;
    const [item, place] = [override.path[at], found[at]];
    const isBelow = overrideOf([override], [...found.slice(0, at), item!]) !== undefined;
    const isRemoval = override.value === undefined && typeof item === 'number';
    if (isRemoval && isBelow && typeof place === 'number' && place >= item) found = found.with(at, place + 1);
    else if (isBelow && item === place) return { path: found, override };
  }
  return { path: found };
}

function shown({ text, column }: Location, isSecret = false): string {
  const shown = withoutSecrets(text);
  return isSecret ? `${shown.slice(0, column - 1)}…` : shown;
}

const QUOTED = /"(?:[^"\\]|\\.)*"?|'[^']*'?/.source;
const PASSWORD = /\bpassword["']?\s*[:=]\s*/.source;
/** Without quotes a password goes to the end of the line; in a flow map, to the end of its item. */
const IN_BLOCK = new RegExp(`(${PASSWORD})(${QUOTED}|[^\\s"'].*)`, 'gi');
const IN_FLOW = new RegExp(`(${PASSWORD})(${QUOTED}|[^\\s"',}\\]](?:[^,}\\]\\n]*[^\\s,}\\]])?)`, 'gi');

/**
 * Passwords, and users and queries of URLs, for logs are read by others than recipes. Nothing moves: arrows stay right.
 */
function withoutSecrets(text: string): string {
  const stars = (part = ''): string => '*'.repeat(part.length);
  const withoutPasswords = text.replaceAll(
    /\{.*\bpassword/i.test(text) ? IN_FLOW : IN_BLOCK,
    (_, key: string, value: string) => key + stars(value),
  );
  return withoutPasswords.replaceAll(
    /(https?:\/\/)(?:([^\s"'/?#]+)@)?([^\s"'?#]*)(?:\?([^\s"']+))?/gi,
    (_, scheme: string, user: string | undefined, rest: string, query: string | undefined) =>
      `${scheme}${user === undefined ? '' : `${stars(user)}@`}${rest}${query === undefined ? '' : `?${stars(query)}`}`,
  );
}
