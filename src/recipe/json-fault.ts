/** What is wrong with a text that is no JSON, which JSON.parse tells in other words, and not always where. */
export interface JsonFault {
  /** Of the first character that JSON does not allow there, in characters. */
  readonly offset: number;
  /** In a few words. */
  readonly message: string;
}

const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those that must be escaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;

/** The first fault of a text after RFC 8259; undefined for JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    const reader = new Reader(text);
    reader.value();
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

class Fault extends Error implements JsonFault {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): void {
    const next = this.#peek();
    if (next === '{') this.#list('}', () => this.#member());
    else if (next === '[') this.#list(']', () => this.value());
    else if (next === '"') this.#string('a value');
    else if (!this.#take(SCALAR)) this.#fail('a value');
  }

  end(): void {
    if (this.#peek() !== '') this.#fail('nothing more');
  }

  #list(close: string, item: () => void): void {
    this.#at += 1;
    if (this.#peek() !== close) {
      item();
      while (this.#peek() === ',') {
        this.#at += 1;
        item();
      }
    }
    if (this.#peek() !== close) this.#fail(`"," or "${close}"`);
    this.#at += 1;
  }

  #member(): void {
    this.#string('a key in double quotes');
    if (this.#peek() !== ':') this.#fail('":"');
    this.#at += 1;
    this.value();
  }

  #string(what: string): void {
    if (this.#peek() !== '"') this.#fail(what);
    if (!this.#take(STRING)) throw new Fault(this.#at, 'this text has no end, or holds what must be escaped');
  }

  /** The next character that is no white space; empty at the end. */
  #peek(): string {
    this.#take(SPACE);
    return this.#text[this.#at] ?? '';
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match !== null;
  }

  #fail(expected: string): never {
    const next = this.#peek();
    const why = next === '' ? 'the text ends' : `there is ${JSON.stringify(next)}`;
    const comment = next === '/' || next === '#' ? ': JSON has no comments' : '';
    throw new Fault(this.#at, `${why} where ${expected} must be${comment}`);
  }
}
