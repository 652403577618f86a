import type { Word } from './lexer.ts';

/** A text of a script. Where it is not known, `text` has `$NAME` in its place, and `unknown` says why. */
export interface Value {
  readonly text: string;
  readonly unknown: readonly string[];
}

/** Texts beyond this, which a script may double again and again, are cut and not known. */
const MAXIMUM_TEXT = 1 << 14;
const MAXIMUM_REASONS = 8;
/** Words beyond this are none that a command gets. */
const MAXIMUM_WORDS = 1024;

export function known(text: string): Value {
  return text.length > MAXIMUM_TEXT ? tooLong(text) : { text, unknown: [] };
}

export function unknownValue(name: string, why: string): Value {
  return { text: `$${name}`, unknown: [why] };
}

export function isKnown({ unknown }: Value): boolean {
  return unknown.length === 0;
}

export function join(values: readonly Value[], separator = ''): Value {
  const unknown = new Set<string>();
  let text = '';
  for (const [index, value] of values.entries()) {
    text += index === 0 ? value.text : `${separator}${value.text}`;
    if (text.length > MAXIMUM_TEXT) return tooLong(text);
    for (const why of value.unknown) if (unknown.size < MAXIMUM_REASONS) unknown.add(why);
  }
  return { text, unknown: [...unknown] };
}

function tooLong(text: string): Value {
  return { text: text.slice(0, MAXIMUM_TEXT), unknown: ['a text is too long'] };
}

/**
 * Gives words their values as GRUB does: what a variable without quotes holds is split at its blanks, loses its
 * backslashes, and is no word at all when it is empty.
 */
export function expand(words: readonly Word[], values: (name: string) => readonly Value[]): Value[] {
  const expanded: Value[] = [];
  for (const { parts } of words) {
    let pieces: Value[] = [];
    let isWord = false;
    let size = 0;
    const finish = (): void => {
      if (isWord && expanded.length < MAXIMUM_WORDS) expanded.push(join(pieces));
      pieces = [];
      isWord = false;
      size = 0;
    };
    const add = (value: Value): void => {
      pieces.push(value);
      isWord = true;
      size += value.text.length;
    };
    for (const part of parts) {
      if (size > MAXIMUM_TEXT || expanded.length >= MAXIMUM_WORDS) break;
      if (part.kind === 'text') {
        add(known(part.text));
        continue;
      }
      for (const [index, value] of values(part.name).entries()) {
        if (index > 0) finish();
        if (part.quoted) add(value);
        else if (!isKnown(value)) add(value);
        else {
          for (const [at, word] of splitWords(value.text).entries()) {
            if (at > 0) finish();
            add(known(word.replaceAll(/\\(.?)/gs, '$1')));
          }
        }
      }
    }
    finish();
    if (expanded.length >= MAXIMUM_WORDS) return [...expanded, { text: '…', unknown: ['too many words'] }];
  }
  return expanded;
}

function splitWords(text: string): string[] {
  return text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
}

/** Words as GRUB hands them to Linux: quotes around those with blanks, backslashes before quotes (lib/cmdline.c). */
export function commandLine(words: readonly Value[]): Value {
  const quoted = words.map(({ text, unknown }): Value => {
    const escaped = text.replaceAll(/[\\'"]/g, '\\$&');
    return { text: text.includes(' ') ? `"${escaped}"` : escaped, unknown };
  });
  return join(quoted, ' ');
}
