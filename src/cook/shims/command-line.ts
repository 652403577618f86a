/** The options of a command: those that take a value, by all their names, to one canonical name. */
export interface OptionSpec {
  /** `o` or `owner`: to the canonical name. */
  readonly values: Readonly<Record<string, string>>;
  /** Long or short names of flags that matter; others are passed over. */
  readonly flags: Readonly<Record<string, string>>;
  /** Words that look like options but are operands, such as chmod's `-w`. */
  readonly operand?: (word: string) => boolean;
}

export interface ParsedCommand {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/** Parses a command line as getopt_long(3) with permutation does. */
export function parseCommand(args: readonly string[], spec: OptionSpec): ParsedCommand {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const operands: string[] = [];
  const pending = [...args];
  const flag = (name: string): void => {
    const known = spec.flags[name];
    if (known) flags.add(known);
  };
  while (pending.length > 0) {
    const word = pending.shift()!;
    if (word === '--') {
      operands.push(...pending);
      break;
    }
    if (!word.startsWith('-') || word === '-' || spec.operand?.(word)) {
      operands.push(word);
    } else if (word.startsWith('--')) {
      const [name = '', value] = splitOnce(word.slice(2));
      const known = spec.values[name];
      if (known) values.set(known, value ?? pending.shift() ?? '');
      else flag(name);
    } else {
      for (let at = 1; at < word.length; at += 1) {
        const known = spec.values[word[at]!];
        if (!known) {
          flag(word[at]!);
          continue;
        }
        values.set(known, word.slice(at + 1) || (pending.shift() ?? ''));
        break;
      }
    }
  }
  return { flags, values, operands };
}

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
