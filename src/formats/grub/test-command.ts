import { isKnown, type Value } from './value.ts';

/** What `test` asks about a path: undefined when that is not known. */
export type FileTest = (kind: 'd' | 'e' | 'f' | 's', path: string) => boolean | undefined;

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};
/** Operands in parentheses in each other beyond this are none that anybody writes. */
const MAXIMUM_DEPTH = 32;

/**
 * Answers `test` and `[` as GRUB does (grub-core/commands/test.c): true, false, or undefined where it depends on what is
 * not known.
 */
export function evaluateTest(args: readonly Value[], fileTest: FileTest): boolean | undefined {
  return new Evaluation(args, fileTest).all();
}

class Evaluation {
  readonly #args: readonly Value[];
  readonly #fileTest: FileTest;
  #at = 0;
  #depth = 0;

  constructor(args: readonly Value[], fileTest: FileTest) {
    this.#args = args;
    this.#fileTest = fileTest;
  }

  all(): boolean | undefined {
    const result = this.#either();
    return this.#at < this.#args.length ? undefined : result;
  }

  #either(): boolean | undefined {
    let result = this.#both();
    while (this.#skip('-o')) result = or(result, this.#both());
    return result;
  }

  #both(): boolean | undefined {
    let result = this.#one();
    while (this.#skip('-a')) result = not(or(not(result), not(this.#one())));
    return result;
  }

  #one(): boolean | undefined {
    const [first, second, third] = this.#args.slice(this.#at, this.#at + 3);
    if (!first) return false;
    if (second && third) {
      const compared = this.#compare(first, second, third);
      if (compared !== 'no comparison') {
        this.#at += 3;
        return compared;
      }
    }
    this.#at += 1;
    if (first.text === '!') return not(this.#one());
    if (first.text === '(') return this.#inParentheses();
    const [, kind] = /^-([defsnz])$/.exec(first.text) ?? [];
    if (kind === undefined || !second) return isKnown(first) ? first.text !== '' : undefined;
    this.#at += 1;
    if (!isKnown(second)) return undefined;
    if (kind === 'n' || kind === 'z') return (second.text === '') === (kind === 'z');
    return this.#fileTest(kind as 'd' | 'e' | 'f' | 's', second.text);
  }

  #inParentheses(): boolean | undefined {
    this.#depth += 1;
    const result = this.#depth > MAXIMUM_DEPTH ? undefined : this.#either();
    this.#skip(')');
    return result;
  }

  #compare(left: Value, operator: Value, right: Value): boolean | undefined | 'no comparison' {
    const areKnown = isKnown(left) && isKnown(right);
    const { text } = operator;
    if (text === '=' || text === '==') return areKnown ? left.text === right.text : undefined;
    if (text === '!=') return areKnown ? left.text !== right.text : undefined;
    if (text === '<') return areKnown ? left.text < right.text : undefined;
    if (text === '>') return areKnown ? left.text > right.text : undefined;
    const [, name = ''] = /^-(eq|ne|lt|le|gt|ge)$/.exec(text) ?? [];
    const compare = COMPARISONS[name];
    // Those of times and of numbers behind a prefix.
    if (!compare) return /^-(?:nt|ot|[np]t[-+]?\d+|pgt|plt|ef)$/.test(text) ? undefined : 'no comparison';
    const [a, b] = [Number.parseInt(left.text, 10) || 0, Number.parseInt(right.text, 10) || 0];
    return areKnown ? compare(a - b) : undefined;
  }

  #skip(word: string): boolean {
    if (this.#args[this.#at]?.text !== word) return false;
    this.#at += 1;
    return true;
  }
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function or(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a === true || b === true) return true;
  return a === undefined || b === undefined ? undefined : false;
}
