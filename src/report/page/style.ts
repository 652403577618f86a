import { CHARTS } from './style-charts.ts';

type Palette = Readonly<Record<string, string>>;

const LIGHT: Palette = {
  scheme: 'light',
  page: '#f5f6f8',
  card: '#ffffff',
  ink: '#1c2430',
  muted: '#596474',
  line: '#dde2e9',
  accent: '#2563c9',
  bad: '#b3261e',
  tint: '26%',
  p0: '#4b7fd6',
  p1: '#2a9d96',
  p2: '#d39a2c',
  p3: '#8a6dd0',
  p4: '#5b9e4d',
  p5: '#d26f3d',
  p6: '#c9597a',
  p7: '#5d8aa8',
  rest: '#8b95a3',
};

const DARK: Palette = {
  ...LIGHT,
  scheme: 'dark',
  page: '#10141a',
  card: '#181d25',
  ink: '#e5e9ef',
  muted: '#9ca7b6',
  line: '#2b323d',
  accent: '#83b0ff',
  bad: '#ff9a90',
  tint: '34%',
};

function variables({ scheme, ...values }: Palette): string {
  const lines = Object.entries(values).map(([name, value]) => `--${name}: ${value};`);
  return `color-scheme: ${scheme}; ${lines.join(' ')}`;
}

/** The page's style. Colours are those of the system, unless its button chose others; on paper they are light. */
export function pageStyle(): string {
  return `
:root { ${variables(LIGHT)} }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${variables(DARK)} } }
@media screen { :root[data-theme="dark"] { ${variables(DARK)} } }
${BASE}${TABLES}${CHARTS}${PRINT}`;
}

const BASE = `
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 78rem; padding: 0 clamp(.75rem, 3vw, 2rem) 3rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; }
h1 { font-size: clamp(1.35rem, 4.5vw, 2rem); line-height: 1.2; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; font-weight: 600; margin-bottom: .75rem; overflow-wrap: anywhere; }
code { font: .875em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
small, .note, .more { color: var(--muted); font-size: .8125rem; }
button { font: inherit; color: inherit; cursor: pointer; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
header { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; align-items: center; padding: 2rem 0 1rem; }
header .kind { grid-column: 1 / -1; color: var(--muted); font-size: .875rem; }
.theme { border: 1px solid var(--line); border-radius: 999px; background: var(--card); padding: .3rem .9rem; font-size: .8125rem; white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; }
.sections { position: sticky; top: 0; z-index: 2; background: var(--page); border-bottom: 1px solid var(--line);
  overflow-x: auto; scrollbar-width: none; }
.sections ul { display: flex; gap: .25rem; list-style: none; padding: .4rem 0; }
.sections a { display: block; padding: .25rem .75rem; border-radius: 999px; color: var(--muted); text-decoration: none; font-size: .875rem; white-space: nowrap; }
.sections a:hover { color: var(--ink); background: var(--card); }
section > .card > p:not(.note) { font-size: .9375rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: clamp(.875rem, 2.5vw, 1.25rem); margin-bottom: 1rem; min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: 1rem; margin-bottom: 1rem; }
.tile { margin: 0; }
.tile .name { color: var(--muted); font-size: .8125rem; }
.tile .value { font-size: 1.25rem; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
.facts { display: grid; gap: .5rem 1.5rem; margin-top: 1rem; }
.facts div { display: grid; grid-template-columns: minmax(7rem, 10rem) 1fr; gap: .75rem; }
.facts dt { color: var(--muted); font-size: .875rem; }
.facts dd { min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 32rem) { .facts div { grid-template-columns: 1fr; gap: 0; } }
.problem { color: var(--bad); font-weight: 600; }
.problem::before { content: "⚠ "; }
footer { margin-top: 3rem; color: var(--muted); font-size: .8125rem; }
`;

const TABLES = `
.scroll { overflow: auto; max-height: 34rem; margin: .5rem 0 1rem; }
.scroll:last-child { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
th:last-child, td:last-child { padding-right: 0 !important; }
tbody th { min-width: 8.5rem; max-width: 40rem; }
td code { display: inline-block; min-width: 7.5rem; }
td { min-width: 4rem; }
.number { width: 1%; }
thead th { position: sticky; top: 0; background: var(--card); color: var(--muted); font-size: .8125rem; white-space: nowrap; z-index: 1; }
thead button { border: 0; background: none; padding: 0; }
thead button:hover { color: var(--ink); }
[aria-sort] button::after { content: " ↓"; }
[aria-sort="ascending"] button::after { content: " ↑"; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 600; position: sticky; bottom: 0; background: var(--card); }
.bar { display: inline-block; width: clamp(2.5rem, 8vw, 7rem); height: .5rem; vertical-align: middle; border-radius: 3px; }
.bar .track { fill: var(--line); }
.bar .fill { fill: var(--p0); }
.percent { display: inline-block; min-width: 3.5rem; }
@media (max-width: 40rem) { .bar { display: none; } .percent { min-width: 0; } th, td { padding-right: .5rem; } td { min-width: 0; } tbody th { min-width: 6.5rem; } }
.filter { display: flex; gap: .5rem; align-items: center; margin: .75rem 0; font-size: .875rem; }
.filter input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .6rem; min-width: 0; width: 18rem; max-width: 100%; }
`;

const PRINT = `
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; background: none; }
  .sections, .theme, .skip, .filter, .crumbs, .status { display: none !important; }
  .card { border: 0; padding: 0; border-radius: 0; }
  .chain.card { padding-left: 2.5rem; }
  .scroll { max-height: none; overflow: visible; }
  thead th, tfoot th, tfoot td { position: static; }
  tr, .chain li, .tile, svg, .canvas { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  svg, .cell, .part, .legend li::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
