import type { Pause } from '../../host.ts';
import { formatSize } from '../../recipe/size.ts';
import { bar } from './charts.ts';
import { type Fragment, type Html, html } from './html.ts';

/** A column: its heading, and what of a row stands in it. */
export interface Column<Row> {
  readonly heading: string;
  /** A number is sorted as one. */
  readonly value?: (row: Row) => number;
  readonly cell: (row: Row) => Fragment;
}

export interface TableOptions {
  readonly id?: string;
  readonly caption: string;
  /** Cells of the last line. */
  readonly total?: readonly Fragment[];
}

/** A table in a box of its own, which scrolls when it is too wide or too long; the first column names the row. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): Html {
  return frame(
    rows.map((row) => line(row, columns)),
    columns,
    options,
  );
}

/**
 * As {@link table}, for thousands of rows.
 *
 * @param pause called after each row
 */
export async function longTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
  pause: Pause,
): Promise<Html> {
  const lines: Html[] = [];
  for (const row of rows) {
    lines.push(line(row, columns));
    const paused = pause();
    if (paused) await paused;
  }
  return frame(lines, columns, options);
}

function line<Row>(row: Row, columns: readonly Column<Row>[]): Html {
  const cells = columns.map(({ cell, value }, index) => {
    if (index === 0) return html`<th scope="row">${cell(row)}</th>`;
    return value
      ? html`<td class="number" data-value="${value(row)}">${cell(row)}</td>`
      : html`<td>${cell(row)}</td>`;
  });
  return html`<tr>${cells}</tr>\n`;
}

function frame<Row>(
  lines: readonly Html[],
  columns: readonly Column<Row>[],
  { id, caption, total }: TableOptions,
): Html {
  const head = columns.map(
    ({ heading, value }) => html`<th scope="col"${value && html` class="number"`}>${heading}</th>`,
  );
  const foot = total?.map((cell, index) =>
    index === 0
      ? html`<th scope="row">${cell}</th>`
      : html`<td${columns[index]!.value && html` class="number"`}>${cell}</td>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table class="sortable"${id !== undefined && html` id="${id}"`}>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${lines}</tbody>
${foot && html`<tfoot><tr>${foot}</tr></tfoot>\n`}</table>
</div>`;
}

/** The columns that every share has: bytes, with a bar of their part in the whole. */
export function sizeColumns<Row extends { readonly bytes: number }>(whole: number): Column<Row>[] {
  return [
    { heading: 'Size', value: ({ bytes }) => bytes, cell: ({ bytes }) => size(bytes) },
    {
      heading: 'Share',
      value: ({ bytes }) => bytes,
      cell: ({ bytes }) => html`${bar(bytes, whole)}<span class="percent">${percent(bytes, whole)}</span>`,
    },
  ];
}

/** Bytes for people; exactly in a tooltip. */
export function size(bytes: number): Html {
  return html`<span title="${count(bytes)} bytes">${formatSize(bytes)}</span>`;
}

export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(part: number, whole: number): string {
  const share = whole > 0 ? (100 * part) / whole : 0;
  return `${share >= 10 ? share.toFixed(0) : share.toFixed(1)} %`;
}
