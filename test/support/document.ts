/** A fenced block of a Markdown text. */
export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** Empty where none is told. */
  readonly language: string;
  readonly text: string;
}

/** A command as a document shows it. */
export interface ShownCommand {
  readonly line: number;
  readonly command: string;
  /** What the document says that it prints; empty where it shows nothing. */
  readonly output: string;
}

/** The fenced blocks of a text, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S*).*\n([\s\S]*?)^```$/gm)].map(({ index, 1: language, 2: text }) => ({
    line: lineAt(markdown, index),
    language: language!,
    text: text!,
  }));
}

/** The name in the comment that a block begins with: `# cake.yaml`, `// bake.mjs`. */
export function fileNameOf({ text }: Block): string | undefined {
  return /^(?:#|\/\/) ([\w./-]+\.\w+)$/m.exec(text.split('\n')[0]!)?.[1];
}

/** The commands of a `console` block, behind `$ `, with what is printed below each. */
export function commandsOf({ line, text }: Block): ShownCommand[] {
  const commands: { line: number; command: string; output: string }[] = [];
  let continues = false;
  for (const [index, row] of text.trimEnd().split('\n').entries()) {
    const last = commands.at(-1);
    if (row.startsWith('$ ')) commands.push({ line: line + 1 + index, command: row.slice(2), output: '' });
    else if (!last) throw new Error(`line ${line + 1 + index}: output of no command`);
    else if (continues) last.command += `\n${row}`;
    else last.output += `${row}\n`;
    continues = row.endsWith('\\') && commands.at(-1)!.output === '';
  }
  return commands;
}

/**
 * A pattern for what a command prints. `…` stands for anything on a line, alone on its line for any lines;
 * times, sizes, digests and versions for others of their kind; the width of columns does not count.
 */
export function outputPattern(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const pattern = lines.map((row) =>
    row.trim() === '…' ? '(?:.*\\n)*?' : `${rowPattern(row.trimEnd())}\\n`,
  );
  return new RegExp(`^${pattern.join('')}$`);
}

/** What changes from day to day, and what stands for it. */
const PLACEHOLDERS: readonly (readonly [kind: RegExp, pattern: string])[] = [
  [/…/, '.*'],
  [/\b[0-9a-f]{12,}\b/, '[0-9a-f]+'],
  [
    /\b\d+(?:\.\d+)? (?:s|ms|B|KiB|MiB|GiB|entries)\b/,
    '\\d+(?:\\.\\d+)? (?:s|ms|B|KiB|MiB|GiB|entries|entry)',
  ],
  [/\b\d+(?:\.\d+)+[\w.~+:-]*/, '\\d[\\w.~+:-]*'],
  [/ {2,}/, ' +'],
];
const KINDS = new RegExp(PLACEHOLDERS.map(([{ source }]) => `(${source})`).join('|'), 'g');

function rowPattern(row: string): string {
  let [pattern, seen] = ['', 0];
  for (const match of row.matchAll(KINDS)) {
    const kind = match.slice(1).findIndex((group) => group !== undefined);
    pattern += literal(row.slice(seen, match.index)) + PLACEHOLDERS[kind]![1];
    seen = match.index + match[0].length;
  }
  return pattern + literal(row.slice(seen));
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', ' +');
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
