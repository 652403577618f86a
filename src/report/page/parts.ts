import { type Fragment, type Html, html } from './html.ts';

/** Names with their values. */
export function facts(items: readonly (readonly [name: string, value: Fragment])[]): Html {
  const shown = items.filter(([, value]) => value !== undefined && value !== false && value !== '');
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
