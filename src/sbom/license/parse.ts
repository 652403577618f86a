import { joined, type LicenseNode, type Operator } from './node.ts';

/** Reads what stands between two operators; undefined when it is no licence. */
export type ParseTerm = (text: string) => LicenseNode | undefined;

/**
 * Reads a licence expression: terms, `and` and `or` in any case, parentheses. `and` binds more tightly than `or`;
 * both bind more tightly behind a comma, as in Debian's copyright format.
 *
 * @returns undefined when it is none
 */
export function parseExpression(text: string, parseTerm: ParseTerm): LicenseNode | undefined {
  const parser = new Parser(text.split(/\s+|([(),])/).filter(Boolean), parseTerm);
  const node = parser.list();
  return parser.isAtEnd ? node : undefined;
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #parseTerm: ParseTerm;
  #at = 0;

  constructor(tokens: readonly string[], parseTerm: ParseTerm) {
    this.#tokens = tokens;
    this.#parseTerm = parseTerm;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** `A or B, and C` */
  list(): LicenseNode | undefined {
    let node = this.#alternatives();
    while (node && this.#take(',')) {
      const operator = (['AND', 'OR'] as const).find((word) => this.#take(word));
      const next = operator && this.#alternatives();
      node = next && joined(operator, [node, next]);
    }
    return node;
  }

  #alternatives(): LicenseNode | undefined {
    return this.#sequence('OR', () => this.#sequence('AND', () => this.#primary()));
  }

  #sequence(operator: Operator, part: () => LicenseNode | undefined): LicenseNode | undefined {
    const operands: LicenseNode[] = [];
    do {
      const operand = part();
      if (!operand) return undefined;
      operands.push(operand);
    } while (this.#take(operator));
    return joined(operator, operands);
  }

  #primary(): LicenseNode | undefined {
    if (this.#take('(')) {
      const node = this.list();
      return this.#take(')') ? node : undefined;
    }
    const start = this.#at;
    while (!this.isAtEnd && !/^(?:and|or|[(),])$/i.test(this.#tokens[this.#at]!)) this.#at += 1;
    const text = this.#tokens.slice(start, this.#at).join(' ');
    return text === '' ? undefined : this.#parseTerm(text);
  }

  #take(token: string): boolean {
    const isNext = this.#tokens[this.#at]?.toUpperCase() === token;
    if (isNext) this.#at += 1;
    return isNext;
  }
}
