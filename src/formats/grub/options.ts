import type { Value } from './value.ts';

/** Which options of a command take a word: `always` the next one or behind `=`, `maybe` only behind `=`. */
export type OptionTable = Readonly<Record<string, 'always' | 'maybe'>>;

/** Words of a command, parted as GRUB does (grub-core/lib/arg.c). */
export interface Options {
  /** Values by the long name; empty for an option without. */
  readonly options: ReadonlyMap<string, Value>;
  readonly words: readonly Value[];
}

/** @param short long names of options that have a letter, too */
export function parseOptions(
  args: readonly Value[],
  table: OptionTable,
  short: Readonly<Record<string, string>> = {},
): Options {
  const options = new Map<string, Value>();
  const words: Value[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at]!;
    if (arg.text === '--') return { options, words: [...words, ...args.slice(at + 1)] };
    const [, long, letter, value] = /^-(?:-([a-z][\w-]*)|([a-zA-Z]))(?:=(.*))?$/s.exec(arg.text) ?? [];
    const name = long ?? short[letter ?? ''] ?? letter;
    if (name === undefined) words.push(arg);
    else if (value !== undefined) options.set(name, { text: value, unknown: arg.unknown });
    else if (table[name] === 'always') {
      at += 1;
      options.set(name, args[at] ?? { text: '', unknown: [] });
    } else options.set(name, { text: '', unknown: [] });
  }
  return { options, words };
}
