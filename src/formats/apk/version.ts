/**
 * Versions as apk-tools 2.14 orders them: numbers between dots, one letter, suffixes such as `_rc1` and `_p2`, and a
 * revision `-r3` (apk-package(5)).
 */

/** What comes next in a version. The order counts: where one version ends and another goes on, the kinds decide. */
const INVALID = -1;
const NUMBER_BEHIND_DOT = 0;
const NUMBER = 1;
const LETTER = 2;
const SUFFIX = 3;
const SUFFIX_NUMBER = 4;
const REVISION = 5;
const END = 6;

/** Suffixes of what comes before a release rank below zero, those of what comes after it from zero on. */
const BEFORE_RELEASE = ['alpha', 'beta', 'pre', 'rc'] as const;
const AFTER_RELEASE = ['cvs', 'svn', 'git', 'hg', 'p'] as const;

const ZERO = 0x30;

/** Reads a version part by part. */
class Cursor {
  readonly #text: string;
  #at = 0;
  kind: number = NUMBER;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value of the part that is due; `kind` tells what is due after it. */
  take(): number {
    if (this.#at >= this.#text.length) {
      this.kind = END;
      return 0;
    }
    switch (this.kind) {
      case NUMBER_BEHIND_DOT:
        if (this.#text.charCodeAt(this.#at) === ZERO) return this.#zeros();
        return this.#number();
      case NUMBER:
      case SUFFIX_NUMBER:
      case REVISION:
        return this.#number();
      case LETTER:
        this.#at += 1;
        return this.#then(this.#text.charCodeAt(this.#at - 1));
      case SUFFIX:
        return this.#suffix();
      default:
        this.kind = INVALID;
        return -1;
    }
  }

  /** All leading zeros but the last are a part of their own: 1.001 is less than 1.01. */
  #zeros(): number {
    const start = this.#at;
    while (this.#text.charCodeAt(this.#at + 1) === ZERO) this.#at += 1;
    this.kind = NUMBER;
    return start - this.#at;
  }

  /** In 32 bits, as apk counts: more digits wrap. */
  #number(): number {
    let value = 0;
    for (let code = this.#text.charCodeAt(this.#at); isDigit(code); code = this.#text.charCodeAt(this.#at)) {
      value = (Math.imul(value, 10) + code - ZERO) | 0;
      this.#at += 1;
    }
    return this.#then(value);
  }

  #suffix(): number {
    const find = (names: readonly string[]) =>
      names.findIndex((name) => this.#text.startsWith(name, this.#at));
    const before = find(BEFORE_RELEASE);
    const after = before < 0 ? find(AFTER_RELEASE) : -1;
    const name = BEFORE_RELEASE[before] ?? AFTER_RELEASE[after];
    if (name === undefined) {
      this.kind = INVALID;
      return -1;
    }
    this.#at += name.length;
    return this.#then(before < 0 ? after : before - BEFORE_RELEASE.length);
  }

  #then(value: number): number {
    this.kind = this.#at >= this.#text.length ? END : this.#next();
    return value;
  }

  /** The kind of the part that begins here; passes over what announces it. */
  #next(): number {
    const code = this.#text.charCodeAt(this.#at);
    const { kind } = this;
    if (kind <= NUMBER && isLower(code)) return LETTER;
    if (kind === LETTER && isDigit(code)) return NUMBER;
    if (kind === SUFFIX && isDigit(code)) return SUFFIX_NUMBER;
    const next = this.#announced();
    const isAllowed =
      next >= kind ||
      (next === NUMBER_BEHIND_DOT && kind === NUMBER) ||
      (next === SUFFIX && kind === SUFFIX_NUMBER);
    return isAllowed ? next : INVALID;
  }

  #announced(): number {
    const mark = this.#text[this.#at];
    this.#at += 1;
    if (mark === '.') return NUMBER_BEHIND_DOT;
    if (mark === '_') return SUFFIX;
    if (mark !== '-' || this.#text[this.#at] !== 'r') return INVALID;
    this.#at += 1;
    return REVISION;
  }
}

/** Less than 0, 0 or more than 0 where `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  return a === b ? 0 : compare(a, b, false);
}

/** As {@link compareVersions}, but 0 where one is the beginning of the other, part by part: `1.2.3-r0` and `1.2`. */
export function compareFuzzily(a: string, b: string): number {
  return compare(a, b, true);
}

/** True when apk takes the text for a version. */
export function isVersion(text: string): boolean {
  const cursor = new Cursor(text);
  while (cursor.kind !== END && cursor.kind !== INVALID) cursor.take();
  return cursor.kind === END;
}

function compare(a: string, b: string, fuzzy: boolean): number {
  const [left, right] = [new Cursor(a), new Cursor(b)];
  let one = 0;
  let other = 0;
  while (left.kind === right.kind && left.kind !== END && left.kind !== INVALID && one === other) {
    one = left.take();
    other = right.take();
  }
  if (one !== other) return one - other;
  if (left.kind === right.kind || fuzzy) return 0;
  const [ofLeft, ofRight] = [left.kind, right.kind];
  if (ofLeft === SUFFIX && left.take() < 0) return -1;
  if (ofRight === SUFFIX && right.take() < 0) return 1;
  return ofRight - ofLeft;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}
