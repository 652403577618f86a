import { canonicalJson } from '../store/canonical.ts';

/** A way to write JSON. */
interface Style {
  readonly write: (value: unknown) => string;
  readonly fields: (value: object) => [name: string, field: unknown][];
  /** Between a name and its field. */
  readonly colon: string;
  /** Before each item at a depth. */
  readonly line: (depth: number) => string;
}

const INDENTED: Style = {
  write: (value) => JSON.stringify(value, null, 2),
  fields: (value) => Object.entries(value),
  colon: ': ',
  line: (depth) => `\n${'  '.repeat(depth)}`,
};

const CANONICAL: Style = {
  write: canonicalJson,
  fields: (value) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)),
  colon: ':',
  line: () => '',
};

/** Arrays of more items are written one by one. */
const LARGE = 100;
/** In characters. */
const BATCH = 1 << 16;

/** What `JSON.stringify(value, null, 2)` gives, in pieces that are soon made each. */
export function indentedPieces(value: object): Generator<string> {
  return pieces(value, INDENTED, 0);
}

/** What {@link canonicalJson} gives, in pieces that are soon made each. */
export function canonicalPieces(value: object): Generator<string> {
  return pieces(value, CANONICAL, 0);
}

/** Text in strings of some size. */
export function* batches(texts: Iterable<string>): Generator<string> {
  // Joined, not added: the engine would put off the copying of sums until somebody needs all of it at once.
  let batch: string[] = [];
  let length = 0;
  for (const text of texts) {
    batch.push(text);
    length += text.length;
    if (length < BATCH) continue;
    yield batch.join('');
    batch = [];
    length = 0;
  }
  yield batch.join('');
}

function* pieces(value: unknown, style: Style, depth: number): Generator<string> {
  const { write, colon, line } = style;
  if (depth > 0 && !isLarge(value)) {
    yield write(value ?? null).replaceAll('\n', line(depth));
    return;
  }
  const isArray = Array.isArray(value);
  const items: [name: string, item: unknown][] = isArray
    ? value.map((item) => ['', item])
    : style.fields(value as object).filter(([, field]) => field !== undefined);
  let before = isArray ? '[' : '{';
  for (const [name, item] of items) {
    yield before + line(depth + 1) + (isArray ? '' : write(name) + colon);
    yield* pieces(item, style, depth + 1);
    before = ',';
  }
  if (items.length === 0) yield before;
  else yield line(depth);
  yield isArray ? ']' : '}';
}

/** A long array, or an object that has one. */
function isLarge(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > LARGE;
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((field) => Array.isArray(field) && field.length > LARGE)
  );
}
