/** A piece of a word. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  /** A name, a number, or one of `? # * @`. */
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean };

/** A word before its variables have values. */
export interface Word {
  readonly parts: readonly WordPart[];
  /** The word as written, when it is one that the grammar may know: letters, digits and underscores, or `[[`. */
  readonly plain?: string;
}

export type Token =
  | ({ readonly kind: 'word'; readonly line: number } & Word)
  | { readonly kind: '\n' | ';' | '{' | '}'; readonly line: number }
  | { readonly kind: 'bad'; readonly why: string; readonly line: number };

const VARIABLE = /\$(?:([A-Za-z_]\w*|\d+|[?#*@])|\{([A-Za-z_]\w*|\d+|[?#*@])\})/y;
const PLAIN = /[^{}|&$;<> \t\n'"\\]+/y;
const DOUBLE_QUOTED = /[^"$\\]+/y;
const RESERVED_SHAPE = /^(?:[A-Za-z_]\w*|\[\[|\]\])$/;

/**
 * Splits a script of GRUB into tokens as its lexer does (grub-core/script/yylex.l): words with quotes and variables, ends
 * of commands, braces. The first thing that is none of these is the last token.
 */
export function tokenize(text: string): Token[] {
  return new Lexer(text).all();
}

class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  all(): Token[] {
    const tokens: Token[] = [];
    for (let token = this.#next(); token; token = this.#next()) {
      tokens.push(token);
      if (token.kind === 'bad') break;
    }
    return tokens;
  }

  #next(): Token | undefined {
    this.#skipBlanks();
    const line = this.#line;
    const character = this.#text[this.#at];
    switch (character) {
      case undefined:
        return undefined;
      case '\n':
        this.#advance(1);
        return { kind: '\n', line };
      case ';':
        if (this.#text[this.#at + 1] === ';') return { kind: 'bad', why: 'two semicolons', line };
        this.#at += 1;
        return { kind: ';', line };
      case '{':
      case '}':
        this.#at += 1;
        return { kind: character, line };
      case '|':
      case '&':
      case '<':
      case '>':
        return { kind: 'bad', why: `${character} has no meaning in GRUB`, line };
      default:
        return this.#word(line);
    }
  }

  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === ' ' || character === '\t') this.#at += 1;
      else if (character === '#') this.#at = this.#until('\n', this.#at);
      else return;
    }
  }

  #until(character: string, from: number): number {
    const found = this.#text.indexOf(character, from);
    return found < 0 ? this.#text.length : found;
  }

  #advance(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      if (this.#text[this.#at] === '\n') this.#line += 1;
      this.#at += 1;
    }
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at += match[0].length;
    return match ?? undefined;
  }

  #word(line: number): Token {
    const start = this.#at;
    const parts: WordPart[] = [];
    for (;;) {
      const plain = this.#match(PLAIN);
      if (plain) {
        parts.push({ kind: 'text', text: plain[0], quoted: false });
        continue;
      }
      const character = this.#text[this.#at];
      if (character === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end < 0) return { kind: 'bad', why: 'a quote is not closed', line };
        parts.push({ kind: 'text', text: this.#text.slice(this.#at + 1, end), quoted: true });
        this.#advance(end + 1 - this.#at);
      } else if (character === '"' || this.#text.startsWith('$"', this.#at)) {
        const why = this.#doubleQuoted(parts);
        if (why !== undefined) return { kind: 'bad', why, line };
      } else if (character === '\\') {
        const escaped = this.#text[this.#at + 1] ?? '';
        // GRUB waits for another line here.
        const isLast = this.#at + 1 + escaped.length >= this.#text.length;
        if (escaped === '' || (escaped === '\n' && isLast)) {
          return { kind: 'bad', why: 'a backslash ends the file', line };
        }
        // A line that goes on: nothing, but it makes a word, or a part of one.
        if (escaped !== '\n') parts.push({ kind: 'text', text: escaped, quoted: true });
        this.#advance(2);
      } else if (character === '$') {
        const name = this.#variable();
        if (name === undefined) return { kind: 'bad', why: '$ without the name of a variable', line };
        parts.push({ kind: 'variable', name, quoted: false });
      } else break;
    }
    const raw = this.#text.slice(start, this.#at);
    return { kind: 'word', parts, line, ...(RESERVED_SHAPE.test(raw) && { plain: raw }) };
  }

  /** @returns what is wrong with it */
  #doubleQuoted(parts: WordPart[]): string | undefined {
    this.#at += this.#text[this.#at] === '$' ? 2 : 1;
    const text = (value: string): number => parts.push({ kind: 'text', text: value, quoted: true });
    text('');
    for (;;) {
      const start = this.#at;
      const plain = this.#match(DOUBLE_QUOTED);
      if (plain) {
        this.#at = start;
        this.#advance(plain[0].length);
        text(plain[0]);
        continue;
      }
      const character = this.#text[this.#at];
      if (character === undefined) return 'a quote is not closed';
      if (character === '"') {
        this.#at += 1;
        return undefined;
      }
      if (character === '$') {
        const name = this.#variable();
        if (name === undefined) return '$ without the name of a variable';
        parts.push({ kind: 'variable', name, quoted: true });
        continue;
      }
      const escaped = this.#text[this.#at + 1] ?? '';
      if (escaped !== '\n') text(escaped !== '' && '$\\"'.includes(escaped) ? escaped : `\\${escaped}`);
      this.#advance(1 + escaped.length);
    }
  }

  #variable(): string | undefined {
    const match = this.#match(VARIABLE);
    return match?.[1] ?? match?.[2];
  }
}
