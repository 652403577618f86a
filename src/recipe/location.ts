import type { ErrorPlace } from '../errors.ts';

/** A place in a recipe's text, for messages. */
export interface Location {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** The whole line. */
  readonly text: string;
}

/** A place by its line, and its column: where the line's text begins unless told. Undefined when there is none such. */
export function locationIn(text: string, line: number, column?: number): Location | undefined {
  const found = linesOf(text)[line - 1];
  if (found === undefined) return undefined;
  return { line, column: column ?? found.search(/\S|$/) + 1, text: found };
}

/** A place by its offset, in characters. */
export function locationAt(text: string, offset: number): Location {
  const before = linesOf(text.slice(0, offset));
  const line = before.length;
  return { line, column: before.at(-1)!.length + 1, text: linesOf(text)[line - 1] ?? '' };
}

export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** For errors: the place without its text. */
export function placeOf(file: string, location: Location | undefined): ErrorPlace | undefined {
  return location && { file, line: location.line, column: location.column };
}

/** Characters of a line that are shown; a recipe that a program has written may be one line. */
const WIDTH = 160;

/** A message with its place in front and the recipe's line below, an arrow under the column. */
export function pointAt(name: string, location: Location | undefined, message: string): string {
  if (!location) return `${name}: ${message}`;
  const { line, column } = location;
  const gutter = String(line);
  const { text, before } = excerpt(location);
  // Tabs stay tabs, so that the arrow stands below its column whatever their width.
  const indent = before.replaceAll(/[^\t]/g, ' ');
  return [
    `${name}:${line}:${column}: ${message}`,
    `  ${gutter} | ${text}`,
    `  ${' '.repeat(gutter.length)} | ${indent}^`,
  ].join('\n');
}

/** The line, or what is around the column of a long one; and what of it is before the column. */
function excerpt({ text, column }: Location): { text: string; before: string } {
  const at = column - 1;
  if (text.length <= WIDTH) return { text, before: text.slice(0, at) };
  const start = Math.max(0, Math.min(at - WIDTH / 2, text.length - WIDTH));
  const lead = start > 0 ? '…' : '';
  const tail = start + WIDTH < text.length ? '…' : '';
  return { text: lead + text.slice(start, start + WIDTH) + tail, before: lead + text.slice(start, at) };
}
