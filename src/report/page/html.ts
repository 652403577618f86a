/** Markup that is safe to be put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold; nothing is written for `undefined` and `false`. */
export type Fragment = Html | string | number | undefined | false | readonly Fragment[];

/** A template of markup: every value is escaped, but for what is {@link Html} itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(
    strings.map((text, index) => (index === 0 ? text : write(values[index - 1]) + text)).join(''),
  );
}

/** Escapes text for elements and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for an element `script` of type `application/json`: nothing in it can end that element. */
export function jsonText(value: unknown): Html {
  const text = JSON.stringify(value);
  return new Html(text.replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`));
}

function write(value: Fragment): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(write).join('');
  return escapeHtml(String(value));
}
