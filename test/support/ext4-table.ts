import { JUDGES, type Judge } from './ext4-judges.ts';

/** How often a judge found a row as it should be, of how many times. */
interface Cell {
  equal: number;
  asked: number;
}

/** A table of verdicts: a row for each item, a column for each judge. */
export class VerdictTable {
  readonly #rows = new Map<string, Map<Judge, Cell>>();

  add(row: string, judge: Judge, equal: boolean): void {
    const cells = this.#rows.get(row) ?? new Map<Judge, Cell>();
    this.#rows.set(row, cells);
    const cell = cells.get(judge) ?? { equal: 0, asked: 0 };
    cells.set(judge, cell);
    cell.asked += 1;
    if (equal) cell.equal += 1;
  }

  toString(): string {
    const width = Math.max(...[...this.#rows.keys()].map((row) => row.length)) + 2;
    const head = ''.padEnd(width) + JUDGES.map((judge) => judge.padEnd(14)).join('');
    const rows = [...this.#rows].map(([row, cells]) => {
      return row.padEnd(width) + JUDGES.map((judge) => showCell(cells.get(judge)).padEnd(14)).join('');
    });
    return [head, ...rows].map((text) => text.trimEnd()).join('\n');
  }
}

function showCell(cell: Cell | undefined): string {
  if (!cell) return '-';
  return cell.equal === cell.asked
    ? `equal (${cell.asked})`
    : `DIFFERS ${cell.asked - cell.equal}/${cell.asked}`;
}
