import { type Token, tokenize, type Word } from './lexer.ts';

/** What a script does, one after the other. `line` is that of its first word, from 1. */
export type Statement =
  | {
      readonly kind: 'command';
      readonly words: readonly Word[];
      /** In braces behind the words. */
      readonly block?: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'if';
      readonly condition: readonly Statement[];
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly words: readonly Word[];
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'while' | 'until';
      readonly condition: readonly Statement[];
      readonly body: readonly Statement[];
      readonly line: number;
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly body: readonly Statement[];
      readonly line: number;
    };

/** A script as far as it can be read. */
export interface GrubScript {
  readonly statements: readonly Statement[];
  /** Why no more of it can be read, with the line. */
  readonly problem?: string;
}

/** Blocks in blocks beyond this are none that a person or a tool writes. */
const MAXIMUM_DEPTH = 48;
const RESERVED = new Set(
  '[[ ]] case do done elif else esac fi for if in select then until while function'.split(' '),
);

/**
 * Reads a script of GRUB by its grammar (grub-core/script/parser.y), whatever is in it: the statements before the first
 * one that is none.
 */
export function parseGrubScript(text: string): GrubScript {
  const parser = new Parser(tokenize(text));
  const statements: Statement[] = [];
  try {
    for (let next = parser.statement(); next; next = parser.statement()) statements.push(next);
    return { statements };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { statements, problem: error.message };
  }
}

/** Ends the reading; it does not leave this file. */
class SyntaxProblem extends Error {}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  statement(): Statement | undefined {
    this.#newlines();
    if (this.#at >= this.#tokens.length) return undefined;
    const statement = this.#isWord('function') ? this.#function() : this.#command();
    // The end of the file ends a line as well.
    if (this.#at < this.#tokens.length && !this.#delimiter())
      this.#fail('the end of the command is expected');
    return statement;
  }

  #function(): Statement {
    const { line } = this.#take();
    const name = this.#name();
    this.#newlines();
    this.#expect('{');
    const body = this.#commands('}', true);
    this.#expect('}');
    return { kind: 'function', name, body, line };
  }

  #command(): Statement {
    const token = this.#peek();
    const { line } = token ?? { line: 0 };
    if (token?.kind !== 'word') this.#fail('a command is expected');
    if (this.#isWord('if')) return this.#if(line);
    if (this.#isWord('for')) return this.#for(line);
    if (this.#isWord('while')) return this.#while('while', line);
    if (this.#isWord('until')) return this.#while('until', line);
    if (token.plain !== undefined && RESERVED.has(token.plain)) this.#fail(`${token.plain} is no command`);
    const words = this.#words();
    if (this.#peek()?.kind !== '{') return { kind: 'command', words, line };
    this.#take();
    const block = this.#commands('}', false);
    this.#expect('}');
    return { kind: 'command', words, block, line };
  }

  #if(line: number): Statement {
    this.#take();
    const condition = this.#commands('then', true);
    this.#take();
    const then = this.#commands('else elif fi', true);
    const { plain } = this.#takeWord();
    if (plain === 'elif') {
      this.#at -= 1;
      return { kind: 'if', condition, then, otherwise: [this.#nested(() => this.#if(line))], line };
    }
    const otherwise = plain === 'else' ? this.#commands('fi', true) : [];
    if (plain === 'else') this.#take();
    return { kind: 'if', condition, then, otherwise, line };
  }

  #for(line: number): Statement {
    this.#take();
    const name = this.#name();
    if (!this.#isWord('in')) this.#fail('in is expected');
    this.#take();
    const words = this.#words();
    if (!this.#delimiters()) this.#fail('the end of the words is expected');
    if (!this.#isWord('do')) this.#fail('do is expected');
    this.#take();
    const body = this.#commands('done', true);
    this.#take();
    return { kind: 'for', name, words, body, line };
  }

  #while(kind: 'while' | 'until', line: number): Statement {
    this.#take();
    const condition = this.#commands('do', true);
    this.#take();
    const body = this.#commands('done', true);
    this.#take();
    return { kind, condition, body, line };
  }

  /**
   * One command or more, as far as one of the words that end them.
   *
   * @param delimited whether the last one needs its own end before that word
   */
  #commands(ends: string, delimited: boolean): Statement[] {
    return this.#nested(() => {
      const commands: Statement[] = [];
      this.#newlines();
      for (;;) {
        commands.push(this.#command());
        const hasEnd = this.#delimiters();
        if (this.#at >= this.#tokens.length) this.#fail(`${ends.split(' ').at(-1)} is missing`);
        if (ends.split(' ').some((end) => this.#isEnd(end))) {
          if (delimited && !hasEnd) this.#fail('the end of the command is expected');
          return commands;
        }
        if (!hasEnd) this.#fail('the end of the command is expected');
      }
    });
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAXIMUM_DEPTH) this.#fail(`more than ${MAXIMUM_DEPTH} blocks in each other`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #words(): Word[] {
    const words: Word[] = [];
    for (let token = this.#peek(); token?.kind === 'word'; token = this.#peek()) {
      if (token.plain === '[[' || token.plain === ']]') this.#fail(`${token.plain} has no meaning in GRUB`);
      words.push(token);
      this.#at += 1;
    }
    return words;
  }

  #newlines(): void {
    while (this.#peek()?.kind === '\n') this.#at += 1;
  }

  #delimiter(): boolean {
    const kind = this.#peek()?.kind;
    if (kind !== '\n' && kind !== ';') return false;
    this.#at += 1;
    return true;
  }

  #delimiters(): boolean {
    if (!this.#delimiter()) return false;
    this.#newlines();
    return true;
  }

  #name(): string {
    const { plain } = this.#takeWord();
    if (plain !== undefined && !RESERVED.has(plain)) return plain;
    this.#at -= 1;
    return this.#fail('a name is expected');
  }

  #takeWord(): Word {
    const token = this.#take();
    return token.kind === 'word' ? token : this.#fail('a word is expected');
  }

  #isEnd(end: string): boolean {
    return end === '}' ? this.#peek()?.kind === '}' : this.#isWord(end);
  }

  #isWord(plain: string): boolean {
    const token = this.#peek();
    return token?.kind === 'word' && token.plain === plain;
  }

  #expect(kind: Token['kind']): void {
    if (this.#peek()?.kind !== kind) this.#fail(`${kind} is expected`);
    this.#take();
  }

  #take(): Token {
    const token = this.#peek();
    if (!token) this.#fail('more is expected');
    this.#at += 1;
    return token;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #fail(why: string): never {
    const token = this.#tokens[this.#at];
    const line = token?.line ?? this.#tokens.at(-1)?.line ?? 1;
    throw new SyntaxProblem(`line ${line}: ${token?.kind === 'bad' ? token.why : why}`);
  }
}
