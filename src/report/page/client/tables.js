/** Lets tables be sorted by their headings, and long ones be searched. */
export function startTables() {
  for (const table of document.querySelectorAll('table.sortable')) {
    if (table instanceof HTMLTableElement) makeSortable(table);
  }
  for (const field of document.querySelectorAll('.filter')) {
    if (field instanceof HTMLElement) makeFilter(field);
  }
}

/**
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  for (const [column, heading] of headings.entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener('click', () => {
      const isNumber = heading.classList.contains('number');
      const before = heading.getAttribute('aria-sort');
      const order =
        before === 'descending'
          ? 'ascending'
          : before === 'ascending' || isNumber
            ? 'descending'
            : 'ascending';
      for (const other of headings) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', order);
      sortRows(table, column, isNumber, order === 'ascending' ? 1 : -1);
    });
  }
}

/**
 * @param {HTMLTableElement} table
 * @param {number} column
 * @param {boolean} isNumber
 * @param {1 | -1} direction
 */
function sortRows(table, column, isNumber, direction) {
  const body = table.tBodies[0];
  if (!body) return;
  const text = (/** @type {HTMLTableRowElement} */ row) => row.cells[column]?.textContent ?? '';
  const value = (/** @type {HTMLTableRowElement} */ row) => Number(row.cells[column]?.dataset['value'] ?? 0);
  const rows = [...body.rows];
  rows.sort(
    (a, b) =>
      direction * (isNumber ? value(a) - value(b) : text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0),
  );
  body.append(...rows);
}

/**
 * @param {HTMLElement} label that holds the field, and names the table
 */
function makeFilter(label) {
  const field = label.querySelector('input');
  const table = document.getElementById(label.dataset['table'] ?? '');
  if (!field || !(table instanceof HTMLTableElement)) return;
  label.hidden = false;
  field.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of table.tBodies[0]?.rows ?? []) {
      row.hidden = !(row.textContent ?? '').toLowerCase().includes(wanted);
    }
  });
}
