const fills: readonly (readonly [selector: string, color: string])[] = [
  ['disk-table', 'var(--p6)'],
  ['disk-gap', 'var(--p2)'],
  ['disk-partition', 'var(--p0)'],
  ['disk-free', 'var(--line)'],
  ['use-used', 'var(--p0)'],
  ['use-free', 'var(--line)'],
  ['use-inodes', 'var(--p1)'],
  ['use-journal', 'var(--p3)'],
  ['use-bitmaps', 'var(--p2)'],
  ['use-superblock', 'var(--p6)'],
];

const legends = fills
  .map(([name, color]) => `.${name} { fill: ${color}; } .legend .${name}::before { background: ${color}; }`)
  .join('\n');

const COLOURS = ['0', '1', '2', '3', '4', '5', '6', '7', 'rest'];

const cells = COLOURS.map(
  (name) => `.c${name} { --own: var(--${name === 'rest' ? name : `p${name}`}); }`,
).join('\n');

/** Of the drawings to scale, the boot chain and the picture of the tree. */
export const CHARTS: string = `
.scale { display: flex; justify-content: space-between; color: var(--muted); font-size: .8125rem; margin-top: .75rem; }
.strip { display: block; width: 100%; height: 2.25rem; border-radius: 6px; background: var(--line); }
.strip .odd { opacity: .75; }
.blocks { display: block; width: 100%; height: clamp(7rem, 22vw, 14rem); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .75rem 0; font-size: .8125rem; }
.legend li::before { content: ""; display: inline-block; width: .75rem; height: .75rem; border-radius: 3px; margin-right: .4rem; vertical-align: -.08rem; }
${legends}
.chain { list-style: none; padding-left: clamp(1.75rem, 5vw, 2.5rem); counter-reset: step; }
.chain li { position: relative; padding: 0 0 1.25rem 1.25rem; border-left: 2px solid var(--line); counter-increment: step; overflow-wrap: anywhere; }
.chain li:last-child { border-color: transparent; padding-bottom: 0; }
.chain li::before { content: counter(step); position: absolute; left: -.85rem; top: 0; width: 1.6rem; height: 1.6rem; border-radius: 50%;
  background: var(--card); border: 2px solid var(--accent); color: var(--accent); font-size: .75rem; font-weight: 600; display: grid; place-items: center; }
.chain .broken::before { border-color: var(--bad); color: var(--bad); }
.chain .step { font-weight: 600; margin-right: .5rem; }
.chain p { color: var(--muted); font-size: .875rem; }
.chain .problem { color: var(--bad); }
.chain .loads { color: var(--ink); }
.chain .loads span { color: var(--accent); font-weight: 600; }
.chain .loads span::before { content: "→ "; }
.crumbs { display: flex; flex-wrap: wrap; list-style: none; padding: 0; font-size: .875rem; }
.crumbs li + li::before { content: "›"; color: var(--muted); margin: 0 .15rem; }
.crumbs button { border: 0; background: none; padding: .1rem .3rem; border-radius: 6px; color: var(--accent); overflow-wrap: anywhere; text-align: left; }
.crumbs button:hover { background: var(--page); }
.crumbs [aria-current] { color: var(--ink); font-weight: 600; }
.sum { font-size: .875rem; margin: .25rem 0 .6rem; overflow-wrap: anywhere; }
.canvas { position: relative; height: clamp(18rem, 52vw, 36rem); overflow: hidden; border-radius: 8px; background: var(--page); }
.cell, .part { position: absolute; overflow: hidden; padding: 0; border: 1px solid color-mix(in srgb, var(--own) 55%, var(--card)); border-radius: 4px; }
.cell { background: color-mix(in srgb, var(--own) var(--tint), var(--card)); text-align: left; color: var(--ink); }
.part { background: color-mix(in srgb, var(--own) calc(var(--tint) * .55), var(--card)); }
.cell[aria-disabled] { cursor: default; }
.folder:hover { background: color-mix(in srgb, var(--own) calc(var(--tint) + 14%), var(--card)); }
.cell:focus-visible { outline-offset: -3px; z-index: 1; }
${cells}
.label { display: flex; gap: .5rem; position: absolute; inset: 2px 5px auto; font-size: .75rem; line-height: 1.4; white-space: nowrap; pointer-events: none; }
.label .name { overflow: hidden; text-overflow: ellipsis; }
.folder > .label .name { font-weight: 600; }
.label .size { margin-left: auto; }
.part .label { color: var(--muted); }
.status { min-height: 1.3rem; margin-top: .5rem; overflow-wrap: anywhere; }
`;
