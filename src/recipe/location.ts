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

/** A message with its place in front and the recipe's line below, an arrow under the column. */
export function pointAt(name: string, location: Location | undefined, message: string): string {
  if (!location) return `${name}: ${message}`;
  const { line, column, text } = location;
  const gutter = String(line);
  // Tabs stay tabs, so that the arrow stands below its column whatever their width.
  const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return `${name}:${line}:${column}: ${message}\n  ${gutter} | ${text}\n  ${' '.repeat(gutter.length)} | ${indent}^`;
}
