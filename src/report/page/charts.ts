/** Drawings to scale, which need no script and no inline style. */
import type { BlockRun } from '../../ext4/block-use.ts';
import type { BlockUse } from '../../ext4/group-layout.ts';
import { formatSize } from '../../recipe/size.ts';
import type { Segment } from '../disk-map.ts';
import { type Html, html } from './html.ts';

/** Units of a strip's width. */
const WIDTH = 1000;
/** So that a sector of a large disk can be seen at all. */
const THINNEST = 2;

/**
 * Segments of a disk, from `0` to `end`, as one strip.
 *
 * @param end in bytes
 * @param label what it says to those who cannot see it
 */
export function diskStrip(segments: readonly Segment[], end: number, label: string): Html {
  // The thinnest last, or they would be painted over.
  const shown = segments.filter(({ offset }) => offset < end).sort((a, b) => b.length - a.length);
  const rects = shown.map(({ kind, title, offset, length, partition }) => {
    const x = (WIDTH * offset) / end;
    const width = Math.max(THINNEST, (WIDTH * Math.min(length, end - offset)) / end);
    const tint = (partition?.number ?? 1) % 2 === 0 ? ' odd' : '';
    return html`<rect class="disk-${kind}${tint}" x="${round(Math.min(x, WIDTH - THINNEST))}" width="${round(width)}" height="1"><title>${title}, ${formatSize(length)} at ${formatSize(offset)}</title></rect>`;
  });
  return html`<svg class="strip" viewBox="0 0 ${WIDTH} 1" preserveAspectRatio="none" role="img" aria-label="${label}">${rects}</svg>`;
}

const COLUMNS = 128;
const ROWS = 16;

/** Metadata is shown wherever there is some, for it would drown among the rest. */
const METADATA: readonly BlockUse[] = ['superblock', 'bitmaps', 'inodes', 'journal'];

/** What each of the cells of a file system's map shows; bytes of a cell first. */
export function blockCells(runs: readonly BlockRun[]): { bytes: number; uses: BlockUse[] } {
  const end = runs.reduce((last, { offset, length }) => Math.max(last, offset + length), 0);
  const count = Math.max(1, Math.min(COLUMNS * ROWS, Math.ceil(end / 1024)));
  const bytes = end / count;
  const sums = Array.from({ length: count }, () => new Map<BlockUse, number>());
  for (const { use, offset, length } of runs) {
    const last = Math.min(count - 1, Math.floor((offset + length - 1) / bytes));
    for (let cell = Math.floor(offset / bytes); cell <= last; cell += 1) {
      const part = Math.min(offset + length, (cell + 1) * bytes) - Math.max(offset, cell * bytes);
      const sum = sums[cell]!;
      if (part > 0) sum.set(use, (sum.get(use) ?? 0) + part);
    }
  }
  return { bytes, uses: sums.map(dominant) };
}

function dominant(sum: ReadonlyMap<BlockUse, number>): BlockUse {
  const largest = (uses: readonly BlockUse[]): BlockUse | undefined =>
    uses.filter((use) => sum.has(use)).sort((a, b) => sum.get(b)! - sum.get(a)!)[0];
  return largest(METADATA) ?? largest(['used', 'free']) ?? 'free';
}

/** A map of a file system: rows of cells from its first block to its last. */
export function blockMap(uses: readonly BlockUse[], label: string): Html {
  const rects: Html[] = [];
  for (let from = 0; from < uses.length; ) {
    const rowEnd = Math.min(uses.length, (Math.floor(from / COLUMNS) + 1) * COLUMNS);
    let to = from + 1;
    while (to < rowEnd && uses[to] === uses[from]) to += 1;
    const [x, y] = [from % COLUMNS, Math.floor(from / COLUMNS)];
    rects.push(html`<rect class="use-${uses[from]}" x="${x}" y="${y}" width="${to - from}" height=".9"/>`);
    from = to;
  }
  const rows = Math.ceil(uses.length / COLUMNS);
  return html`<svg class="blocks" viewBox="0 0 ${COLUMNS} ${rows}" preserveAspectRatio="none" role="img" aria-label="${label}">${rects}</svg>`;
}

/** A bar for a cell of a table. */
export function bar(part: number, whole: number): Html {
  const width = whole > 0 ? (100 * part) / whole : 0;
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="1"/><rect class="fill" width="${round(width)}" height="1"/></svg>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
