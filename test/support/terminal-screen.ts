/**
 * What a terminal shows after all that it was sent: the lines that have scrolled off, then those of the screen. It
 * knows what a progress display may use and no more: anything else is an error.
 */
export function terminalScreen(text: string, columns: number, rows: number): string {
  const screen = new Screen(columns, rows);
  for (const [token] of text.matchAll(TOKENS)) screen.take(token);
  return screen.text();
}

/** Control sequences of ECMA-48, else one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it is about
const TOKENS = /\u001b\[[0-?]*[ -/]*[@-~]|./gsu;

class Screen {
  readonly #columns: number;
  readonly #rows: number;
  readonly #scrolled: string[] = [];
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  take(token: string): void {
    if (token === '\n') this.#feed();
    else if (token === '\r') this.#column = 0;
    else if (token.length > 1 && token.startsWith('\u001b')) this.#control(token);
    else if (token < ' ') throw new Error(`the terminal was sent ${JSON.stringify(token)}`);
    else this.#print(token);
  }

  text(): string {
    const lines = [...this.#scrolled, ...this.#lines.map((line) => this.#toText(line))];
    return `${lines.join('\n').trimEnd()}\n`;
  }

  #control(sequence: string): void {
    const count = Number(sequence.slice(2, -1) || '1');
    if (sequence.endsWith('m')) return;
    if (sequence.endsWith('A') && count <= this.#row) this.#row -= count;
    else if (sequence === '\u001b[J') {
      this.#lines.length = this.#row + 1;
      this.#line.length = this.#column;
    } else if (sequence === '\u001b[K') this.#line.length = this.#column;
    else throw new Error(`the terminal was sent ${JSON.stringify(sequence)}`);
  }

  #print(character: string): void {
    if (this.#column === this.#columns) {
      this.#feed();
      this.#column = 0;
    }
    const line = this.#line;
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = character;
    this.#column += 1;
  }

  #feed(): void {
    this.#row += 1;
    if (this.#row < this.#lines.length) return;
    this.#lines.push([]);
    if (this.#lines.length <= this.#rows) return;
    this.#scrolled.push(this.#toText(this.#lines.shift()!));
    this.#row -= 1;
  }

  get #line(): string[] {
    return this.#lines[this.#row]!;
  }

  #toText(line: readonly string[]): string {
    return line.join('').trimEnd();
  }
}
